import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyCodeHash, emptyTrieRoot, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { openMetisDb, type State, type StateChanges, type View } from '@metis-stack/metisdb'
import { createEvm, type EvmTransaction, type StateReader } from '@metis-stack/metisvm'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** For each word w of its input: slot w := slot w + balance, code hash and code size of address w. */
const code = hexToBytes('0x5f5b36811015601e5780358054813101813f01813b0190556020016001565b00')

const contract = new Uint8Array(20).fill(0xc0)
const sender = new Uint8Array(20).fill(0xaa)

const address = (n: number): Uint8Array => {
  const bytes = new Uint8Array(20)
  bytes[19] = n
  return bytes
}

const word = (value: bigint): Uint8Array => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)

const transaction = (input: readonly number[], nonce: bigint): EvmTransaction => ({
  type: 2,
  sender,
  to: contract,
  nonce,
  gasLimit: 3_000_000n,
  maxFeePerGas: 10n,
  maxPriorityFeePerGas: 1n,
  value: 0n,
  data: Buffer.concat(input.map((n) => word(BigInt(n)))),
})

const evm = createEvm({ mode: 'tier0' })

/** What executing these inputs gives. */
function execute(reader: StateReader, inputs: readonly (readonly number[])[]) {
  using session = evm.begin(
    { fork: 'osaka', chainId: 1n },
    {
      number: 1n,
      timestamp: 1n,
      coinbase: address(0xcb),
      gasLimit: 60_000_000n,
      baseFee: 7n,
      prevRandao: new Uint8Array(32),
      blobBaseFee: 1n,
      blockHash: () => new Uint8Array(32),
    },
    reader,
  )
  const results = inputs.map((input, nonce) => session.transact(transaction(input, BigInt(nonce))))
  return { gas: results.map(({ gasUsed, status }) => [status, gasUsed]), changes: sorted(session.changes()) }
}

const sorted = (changes: StateChanges): StateChanges =>
  changes
    .map((change) => ({ ...change, storage: change.storage.sort(([a], [b]) => Buffer.compare(a, b)) }))
    .sort((a, b) => Buffer.compare(a.address, b.address))

/** The view without its functions for the kernel. */
const throughHost = (view: View): StateReader => ({
  account: (at) => view.account(at),
  storage: (at, slot) => view.storage(at, slot),
  code: (hash) => view.code(hash),
  hasStorage: (at) => view.hasStorage(at),
})

/** The view for which every account and slot asked of JavaScript is a mistake. */
const throughKernel = (view: View): StateReader => {
  const refuse = (): never => {
    throw new Error('JavaScript was asked.')
  }
  return {
    account: refuse,
    storage: refuse,
    hasStorage: refuse,
    code: (hash) => view.code(hash),
    native: view.native,
  }
}

describe('execution on MetisDB without leaving WebAssembly', () => {
  let folder: string
  let state: State

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'native-reads-'))
    state = await openMetisDb({ path: folder, hotBits: 6 })
  })

  afterEach(async () => {
    await state.close()
    rmSync(folder, { recursive: true })
  })

  it('gives what reading through the host gives: on the head, on older states, on states not durable', async () => {
    const balance = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 256n - 1n))
    const accounts = fc.array(fc.tuple(fc.integer({ min: 0x10, max: 60 }), fc.option(balance)), {
      maxLength: 30,
    })
    const inputs = fc.array(fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 30 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(accounts, inputs), { minLength: 1, maxLength: 4 }),
        async (blocks) => {
          let root = await begin(state)
          const views: View[] = []
          for (const [changed, executed] of blocks) {
            const overlay = state.at(root).overlay()
            overlay.apply(changed.map(([n, wei]) => change(n, wei)))
            views.push(overlay.view())
            for (const view of views) {
              const expected = execute(throughHost(view), executed)
              expect(expected.gas.every(([status]) => status === 'success')).toBe(true)
              expect(execute(throughKernel(view), executed)).toEqual(expected)
            }
            const { changes } = execute(throughKernel(overlay.view()), executed)
            overlay.apply(withoutFees(changes))
            root = await overlay.commit()
            views.push(state.at(root))
          }
        },
      ),
      { numRuns: 30 },
    )
  }, 60_000)
})

async function begin(state: State): Promise<Uint8Array> {
  const overlay = state.at(emptyTrieRoot).overlay()
  overlay.apply([
    {
      address: contract,
      account: { nonce: 1n, balance: 0n, codeHash: keccak256(code) },
      code,
      storageCleared: false,
      storage: [[word(1n), word(5n)]],
    },
    {
      address: sender,
      account: { nonce: 0n, balance: 10n ** 18n, codeHash: emptyCodeHash },
      storageCleared: false,
      storage: [],
    },
  ])
  return overlay.commit()
}

const change = (n: number, balance: bigint | null): StateChanges[number] => ({
  address: address(n),
  account: balance === null ? null : { nonce: BigInt(n), balance, codeHash: emptyCodeHash },
  storageCleared: false,
  storage: [],
})

/** The sender begins each block with the same nonce. */
const withoutFees = (changes: StateChanges): StateChanges =>
  changes.filter((changed) => Buffer.compare(changed.address, sender) !== 0)
