import type { FlatCall } from '@metis-stack/metisvm'
import { requireBlock } from '../../blocks.js'
import { invalidParams } from '../../errors.js'
import { blockNumberOrTag } from '../../params/block.js'
import { arrayOf, objectOf, optional, type Parser, reject } from '../../params/core.js'
import { address } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { BlockTracer } from '../../tracing/blockTracer.js'
import { flatTracer } from '../../tracing/flat.js'
import type { MethodModules } from '../modules.js'

const maxAddresses = 1_000

/** Clients send these as numbers. */
const amount: Parser<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : reject(path, 'want a count')

/** Frames of a range of blocks by who called and who was called. */
export function filterMethod({ chain, limits }: MethodModules, tracer: BlockTracer): RpcMethod {
  const filter = objectOf({
    fromBlock: optional(blockNumberOrTag, 'latest'),
    toBlock: optional(blockNumberOrTag, 'latest'),
    fromAddress: optional(arrayOf(address, maxAddresses), []),
    toAddress: optional(arrayOf(address, maxAddresses), []),
    after: optional(amount, 0),
    count: optional(amount),
  })
  return defineMethod('trace_filter', [filter], async (wanted, { signal }) => {
    const first = requireBlock(chain, wanted.fromBlock).header.number
    const last = requireBlock(chain, wanted.toBlock).header.number
    if (first > last) throw invalidParams('invalid argument 0: fromBlock is after toBlock')
    if (last - first >= BigInt(limits.traceFilterBlocks))
      throw invalidParams(`invalid argument 0: more than ${limits.traceFilterBlocks} blocks`)
    const senders = new Set<string>(wanted.fromAddress)
    const receivers = new Set<string>(wanted.toAddress)
    const budget = tracer.budget()
    const end = wanted.after + (wanted.count ?? Number.POSITIVE_INFINITY)
    const found: FlatCall[] = []
    for (let number = first; number <= last && found.length < end; number++) {
      const block = chain.blockByNumber(number)
      if (!block || number === 0n) continue
      const traced = await tracer.block(block, flatTracer, { signal, budget })
      for (const call of traced.flatMap(({ result }) => result as FlatCall[])) {
        if (matches(senders, call.action.from ?? call.action.address) && matches(receivers, receiverOf(call)))
          found.push(call)
      }
    }
    return found.slice(wanted.after, end)
  })
}

function matches(wanted: ReadonlySet<string>, address: string | undefined): boolean {
  return wanted.size === 0 || (address !== undefined && wanted.has(address))
}

/** Who was called, created, or got the balance. */
function receiverOf({ action, result }: FlatCall): string | undefined {
  return action.to ?? action.refundAddress ?? result?.address
}
