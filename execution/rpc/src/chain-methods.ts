import type { Chain } from '@metis-stack/chain'
import { FilterStore } from './filters/store.js'
import { dumpMethods } from './methods/debug/dumpBlock.js'
import { debugMethods } from './methods/debug/getRaw.js'
import { storageRangeAt } from './methods/debug/storageRangeAt.js'
import { debugTraceMethods } from './methods/debug/trace.js'
import { callMethods } from './methods/eth/call.js'
import { capabilities } from './methods/eth/capabilities.js'
import { chainInfoMethods } from './methods/eth/chainId.js'
import { feeMethods } from './methods/eth/fees.js'
import { filterMethods } from './methods/eth/filters.js'
import { blockMethods } from './methods/eth/getBlock.js'
import { getLogs } from './methods/eth/getLogs.js'
import { getProof } from './methods/eth/getProof.js'
import { transactionMethods } from './methods/eth/getTransaction.js'
import { sendMethods } from './methods/eth/sendRawTransaction.js'
import { simulateV1 } from './methods/eth/simulateV1.js'
import { stateMethods } from './methods/eth/state.js'
import { subscriptionMethods } from './methods/eth/subscribe.js'
import type { MethodModules } from './methods/modules.js'
import { nodeMethods } from './methods/net.js'
import { traceMethods } from './methods/trace/trace.js'
import { txpoolMethods } from './methods/txpool/content.js'
import type { RpcLimits } from './options.js'
import { ReceiptWaiter } from './receipt-waiter.js'
import type { MethodRegistry, RpcMethod } from './registry.js'
import { BlockTracer } from './tracing/blockTracer.js'

export type ChainModules = { chain: Chain }

export type ChainMethods = {
  methods: RpcMethod[]
  health(): { ok: boolean; body: Record<string, unknown> }
  /** Detaches from the chain. */
  dispose(): void
}

/** Every method that a chain alone can answer. */
export function chainMethods(
  opts: { limits: RpcLimits; clientVersion: string },
  { chain }: ChainModules,
  registry: MethodRegistry,
): ChainMethods {
  const filters = new FilterStore(chain, opts.limits)
  const receipts = new ReceiptWaiter(chain)
  const modules: MethodModules = { ...opts, chain, registry, filters, receipts }
  const tracer = new BlockTracer(opts.limits, chain)
  return {
    methods: [
      ...chainInfoMethods(modules),
      capabilities(modules),
      ...feeMethods(modules),
      ...stateMethods(modules),
      getProof(modules),
      ...blockMethods(modules),
      ...transactionMethods(modules),
      getLogs(modules),
      ...callMethods(modules),
      simulateV1(modules),
      ...sendMethods(modules),
      ...filterMethods(modules),
      ...subscriptionMethods(modules),
      ...nodeMethods(modules),
      ...txpoolMethods(modules),
      ...debugMethods(modules),
      ...dumpMethods(modules),
      ...debugTraceMethods(modules, tracer),
      storageRangeAt(modules, tracer),
      ...traceMethods(modules, tracer),
    ],
    health() {
      const { hash, header } = chain.head
      const head = { number: Number(header.number), hash, timestamp: Number(header.timestamp) }
      return { ok: true, body: { status: 'ok', chainId: Number(chain.config.chainId), head } }
    },
    dispose() {
      filters.dispose()
      receipts.dispose()
    },
  }
}
