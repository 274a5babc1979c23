import { bytesToHex, emptyTrieRoot, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { openMetisDb, openState, type State, type StateChanges, type View } from '@metis-stack/metisdb'
import {
  type BlockEnv,
  type ChainRules,
  createEvm,
  type EvmTransaction,
  type StateReader,
} from '@metis-stack/metisvm'
import { encodeFunctionData } from 'viem'
import { ownCpu } from '../../evm/cpu.js'
import { median } from '../../measure.js'
import { type BenchContext, type BenchRow, row } from '../../row.js'
import { type CompiledContract, compileSolidity } from '../../solidity.js'
import { accountOf, addressOf, generator } from './accounts.js'

const rules: ChainRules = { fork: 'osaka', chainId: 1n }
const env: BlockEnv = {
  number: 1000n,
  timestamp: 1_700_000_000n,
  coinbase: new Uint8Array(20).fill(0xcb),
  gasLimit: 60_000_000n,
  baseFee: 7n,
  prevRandao: new Uint8Array(32),
  blobBaseFee: 1n,
  blockHash: () => new Uint8Array(32),
}
const token = new Uint8Array(20).fill(0x70)
const perBlock = 500

const word = (value: number | Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(32)
  if (typeof value === 'number') new DataView(bytes.buffer).setUint32(28, value)
  else bytes.set(value, 32 - value.length)
  return bytes
}

/** Transfers between random accounts of many, ether and tokens in turn, on both states; what an execution costs of CPU. */
export async function execution(folder: string, { quick, log }: BenchContext): Promise<BenchRow[]> {
  const count = quick ? 20_000 : 100_000
  log(`blocks of transfers over ${count} accounts`)
  const { abi, deployedBytecode } = compileSolidity('Swap.sol', 'Token')
  const code = hexToBytes(deployedBytecode)
  const ours = await openMetisDb({ path: `${folder}/execution` })
  const peer = await openState({ path: `${folder}/execution-lmdb` })
  const roots = await Promise.all([ours, peer].map((state) => fill(state, count, code)))
  const random = generator(6)
  const blocks = Array.from({ length: quick ? 6 : 20 }, (_, block) => transfersOf(block, count, random, abi))
  const views = [ours.at(roots[0]!), peer.at(roots[1]!)] as const
  const counted = countingReads(views[0])
  const [a, b] = [run(counted.view, blocks), run(views[1], blocks)]
  const equal = bytesToHex(roots[0]!) === bytesToHex(roots[1]!) && a.digest === b.digest && a.failed === 0
  const common = { area: 'metisdb', class: 'execution', unit: 'ns', better: 'lower' } as const
  const rows = [
    row({
      ...common,
      name: `a transfer among ${count.toLocaleString('en')} accounts, executed on MetisDB`,
      ours: a.nanoseconds / perBlock,
      peer: b.nanoseconds / perBlock,
      peerName: 'same EVM on the LMDB state',
      equal,
    }),
    row({
      ...common,
      name: 'accounts and slots that those blocks read through JavaScript',
      unit: 'reads',
      ours: counted.reads(),
      equal: equal && counted.reads() === 0,
    }),
  ]
  await Promise.all([ours.close(), peer.close()])
  return rows
}

/** The accounts, each with a balance of the token; returns the root. */
async function fill(state: State, count: number, code: Uint8Array): Promise<Uint8Array> {
  let root = emptyTrieRoot
  for (let from = 0; from < count; from += 10_000) {
    const picked = Array.from({ length: Math.min(10_000, count - from) }, (_, i) => from + i)
    const changes: StateChanges = picked.map((n) => ({
      address: addressOf(n),
      account: accountOf(n, -1),
      storageCleared: false,
      storage: [],
    }))
    changes.push({
      address: token,
      account: { nonce: 1n, balance: 0n, codeHash: keccak256(code) },
      code,
      storageCleared: false,
      storage: picked.map((n) => [balanceSlot(addressOf(n)), word(1_000_000)]),
    })
    const overlay = state.at(root).overlay()
    overlay.apply(changes)
    root = await overlay.commit()
  }
  return root
}

/** Of `balanceOf`, the mapping at slot 2. */
function balanceSlot(owner: Uint8Array): Uint8Array {
  return keccak256(Buffer.concat([word(owner), word(2)]))
}

/** Ether and tokens in turn, each sender once: its nonce is 0. */
function transfersOf(
  block: number,
  count: number,
  random: (limit: number) => number,
  abi: CompiledContract['abi'],
): EvmTransaction[] {
  return Array.from({ length: perBlock }, (_, i) => {
    const to = addressOf(1 + random(count - 1))
    const transaction: EvmTransaction = {
      type: 2,
      sender: addressOf((block * perBlock + i) % count),
      to,
      nonce: 0n,
      gasLimit: 100_000n,
      maxFeePerGas: 10n,
      maxPriorityFeePerGas: 1n,
      value: 1n,
      data: new Uint8Array(),
    }
    if (i % 2 === 0) return transaction
    const data = hexToBytes(encodeFunctionData({ abi, functionName: 'transfer', args: [bytesToHex(to), 1n] }))
    return { ...transaction, to: token, value: 0n, data }
  })
}

/** The view, and how often JavaScript was asked for an account or a slot. */
function countingReads(view: View): { view: StateReader; reads(): number } {
  let reads = 0
  return {
    view: {
      account: (address) => {
        reads++
        return view.account(address)
      },
      storage: (address, slot) => {
        reads++
        return view.storage(address, slot)
      },
      hasStorage: (address) => {
        reads++
        return view.hasStorage(address)
      },
      code: (hash) => view.code(hash),
      native: view.native,
    },
    reads: () => reads,
  }
}

/** CPU of one block, and a digest of all changes. */
function run(reader: StateReader, blocks: readonly EvmTransaction[][]) {
  const evm = createEvm({ mode: 'tier0' })
  const times: number[] = []
  let digest = ''
  let failed = 0
  for (let pass = 0; pass < 3; pass++) {
    times.length = 0
    for (const transactions of blocks) {
      const started = ownCpu()
      using session = evm.begin(rules, env, reader)
      for (const transaction of transactions) {
        if (session.transact(transaction).status !== 'success') failed++
      }
      times.push(ownCpu() - started)
      if (pass === 2) digest = bytesToHex(keccak256(Buffer.from(digest + digestOf(session.changes()))))
    }
  }
  return { nanoseconds: median(times), digest, failed }
}

function digestOf(changes: StateChanges): string {
  const lines = changes.map(({ address, account, storage }) => {
    const slots = storage.map(([slot, value]) => `${bytesToHex(slot)}${bytesToHex(value)}`).sort()
    return `${bytesToHex(address)} ${account?.nonce} ${account?.balance} ${slots.join(' ')}`
  })
  return lines.sort().join('\n')
}
