import { mkdir, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Block, Chain } from '@metis-stack/chain'
import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import {
  backupState,
  exportState,
  type MetisDb,
  type Progress,
  pruneState,
  statState,
  verifyState,
} from '@metis-stack/metisdb'
import {
  type BlockRef,
  blockRef,
  count,
  defineMethod,
  invalidParams,
  objectOf,
  optional,
  type Parser,
  type RpcMethod,
  serverError,
  string,
} from '@metis-stack/rpc'

/** A long operation: it is begun by one call and asked about by others, so that no client has to wait for it. */
type Job = {
  id: number
  operation: string
  /** From 0 to 1. */
  done: number
  text: string
  status: 'running' | 'finished' | 'failed'
  result?: unknown
  error?: { code: string; message: string }
}

/**
 * `metis_dbStat`, and `metis_dbVerify`, `metis_dbPrune`, `metis_dbBackup`, `metis_dbExport`, which begin a job, one at a time, and
 * return its number; `metis_dbJob` tells how it stands. For operators: paths are those of the node's machine. Pages are refused,
 * since the operator's own browser reaches loopback addresses for any page that he looks at.
 */
export function databaseMethods({ chain, state }: { chain: Chain; state: MetisDb }): RpcMethod[] {
  let job: Job | undefined
  const begin = (operation: string, run: (onProgress: Progress) => Promise<unknown>): number => {
    if (job?.status === 'running')
      throw serverError(`${job.operation} is under way; ask again when it is done`)
    const own: Job = { id: (job?.id ?? 0) + 1, operation, done: 0, text: '', status: 'running' }
    const running = run((done, text) => Object.assign(own, { done, text }))
    job = own
    running.then(
      (result) => Object.assign(own, { status: 'finished', done: 1, result: jsonOf(result) }),
      (error: { code?: string; shortMessage?: string; message: string }) =>
        Object.assign(own, {
          status: 'failed',
          error: { code: error.code ?? 'unknown', message: error.shortMessage ?? error.message },
        }),
    )
    return own.id
  }
  const methods = [
    defineMethod('metis_dbStat', [], () => jsonOf(statState(state))),
    defineMethod('metis_dbVerify', [], () => begin('verify', (onProgress) => verifyState(state, onProgress))),
    defineMethod(
      'metis_dbPrune',
      [objectOf({ keepBlocks: optional(count), keepHistory: optional(count) })],
      (options) =>
        begin('prune', () =>
          pruneState(state, {
            ...(options.keepBlocks !== undefined && { keepBlocks: Number(options.keepBlocks) }),
            ...(options.keepHistory !== undefined && { keepHistory: Number(options.keepHistory) }),
          }),
        ),
    ),
    defineMethod('metis_dbBackup', [absolutePath], (folder) =>
      begin('backup', (onProgress) => backupNode({ chain, state }, folder, onProgress)),
    ),
    defineMethod('metis_dbExport', [absolutePath, optional(blockRef, 'latest')], (file, ref) => {
      const block = blockOf(chain, ref)
      if (!block) throw serverError('header not found')
      const root = hexToBytes(block.header.stateRoot)
      return begin('export', async (onProgress) => ({
        ...(await exportState(state, { path: file, root, onProgress })),
        block: block.header.number,
        blockHash: block.hash,
      }))
    }),
    defineMethod('metis_dbJob', [count], (id) => {
      if (job === undefined || BigInt(job.id) !== id) throw invalidParams(`there is no job ${id}`)
      return job
    }),
  ]
  return methods.map(forPrograms)
}

function forPrograms(method: RpcMethod): RpcMethod {
  return {
    name: method.name,
    handle: (params, context) => {
      if (context.origin !== undefined) throw serverError(`${method.name} is not for pages in a browser`)
      return method.handle(params, context)
    },
  }
}

/** Copies blocks, then the state, to a folder that can be another node's data folder. */
async function backupNode(
  { chain, state }: { chain: Chain; state: MetisDb },
  folder: string,
  onProgress: Progress,
): Promise<{ folder: string; files: number; bytes: number; block: bigint }> {
  const blocks = join(folder, 'chain')
  await mkdir(folder, { recursive: true })
  await mkdir(blocks)
  try {
    onProgress(0, 'blocks')
    const block = chain.head.header.number
    await chain.backup(blocks)
    return { folder, block, ...(await backupState(state, { to: join(folder, 'state'), onProgress })) }
  } catch (error) {
    await rm(blocks, { recursive: true, force: true })
    throw error
  }
}

function blockOf(chain: Chain, ref: BlockRef): Block | undefined {
  if (typeof ref === 'string') return chain.blockByTag(ref)
  return typeof ref === 'bigint' ? chain.blockByNumber(ref) : chain.blockByHash(ref.hash)
}

const absolutePath: Parser<string> = (value, path) => {
  const given = string(value, path)
  if (!isAbsolute(given)) throw invalidParams(`invalid ${path}: want an absolute path`)
  return given
}

/** Bytes as hex, big numbers in decimal. */
function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, jsonOf(field)]))
}
