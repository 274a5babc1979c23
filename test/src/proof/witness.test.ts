import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bigIntToBytes,
  bytesToHex,
  concat,
  emptyTrieRoot,
  encodeProofBlock,
  hexToBytes,
  keccak256,
  ProofKernel,
  type ProofOracle,
  preimagesOf,
  rlp,
} from '@metis-stack/kernel'
import { openMetisDb } from '@metis-stack/metisdb'
import {
  type BlockEnv,
  type ChainRules,
  createEvm,
  type EvmTransaction,
  recordReads,
} from '@metis-stack/metisvm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { proofEnvironmentOf, runPrecompile } from '../conformance/suites/state/proof.js'

const rules: ChainRules = { fork: 'osaka', chainId: 7n }
const env: BlockEnv = {
  number: 1n,
  timestamp: 1n,
  coinbase: bigIntToBytes(0xfen, 20),
  gasLimit: 60_000_000n,
  baseFee: 0n,
  prevRandao: new Uint8Array(32),
  blobBaseFee: 1n,
  blockHash: () => new Uint8Array(32),
}
const account = (n: number): Uint8Array => keccak256(Uint8Array.of(n)).slice(12)

/** Call data is slot ‖ value pairs of 32 bytes, which it stores; without call data it destroys itself. */
const storer = hexToBytes(
  '0x36600657' +
    '33ff' +
    '5b5f' +
    '5b' +
    '8035' +
    '8160200135' +
    '9055' +
    '604001' +
    '368110' +
    '600857' +
    '00',
)

type Step =
  | { kind: 'pay'; to: number; wei: number }
  | { kind: 'store'; to: number; slots: [number, number][] }
  | { kind: 'create' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('pay' as const), to: fc.nat(40), wei: fc.nat(3) }),
  fc.record({
    kind: fc.constant('store' as const),
    to: fc.nat(5),
    slots: fc.array(fc.tuple(fc.nat(60), fc.nat(2)), { maxLength: 12 }),
  }),
  fc.constant({ kind: 'create' as const }),
)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'witness-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let preimage: ProofOracle['preimage'] = () => undefined
const kernel = new ProofKernel({ preimage: (hash) => preimage(hash), precompile: runPrecompile })
const word = (value: number | bigint): Uint8Array => bigIntToBytes(BigInt(value), 32)

describe('the witness of a block', () => {
  it('is all that the proof build needs to come to the same state, whatever the block did', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 }),
        async (blocks) => {
          await using state = await openMetisDb({ path: join(folder, String(runs++)), chainId: 7n })
          const start = state.at(emptyTrieRoot).overlay()
          start.apply(
            [0, 1, 2, 3, 4, 5].map((n) => ({
              address: account(n),
              account: { nonce: 1n, balance: 5n, codeHash: keccak256(storer) },
              code: storer,
              storageCleared: false,
              storage: [0, 1, 2, 3].map((slot) => [word(slot * 7 + n), word(9)]),
            })),
          )
          let root = await start.commit()
          for (const steps of blocks) {
            const transactions = steps.map(transactionOf)
            const view = state.at(root)
            const recorder = recordReads(view)
            using session = createEvm({ mode: 'tier0' }).begin(rules, env, recorder)
            const gasUsed = transactions.reduce((sum, each) => sum + session.transact(each).gasUsed, 0n)
            const changes = session.changes()
            const { nodes, codes } = view.witness({ ...recorder.reads(), changes })
            const { hash, preimages } = encodeProofBlock({
              stateRoot: root,
              environment: proofEnvironmentOf(rules, env),
              operations: transactions.map((each) => ({ kind: 'transaction', bytes: encoded(each) })),
            })
            preimage = preimagesOf(preimages, nodes, codes)
            const proven = kernel.run(hash)
            const overlay = view.overlay()
            overlay.apply(changes)
            root = await overlay.commit()
            expect(proven).toMatchObject({ invalid: 0, gasUsed })
            expect(bytesToHex(proven.stateRoot)).toBe(bytesToHex(root))
          }
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)
})

const sender = account(200)
const gasLimit = 3_000_000n
const size = storer.length.toString(16).padStart(2, '0')

function transactionOf(step: Step): EvmTransaction {
  const value = step.kind === 'pay' ? BigInt(step.wei) : 0n
  const slots = step.kind === 'store' ? step.slots : []
  const data =
    step.kind === 'create'
      ? // Gives the storer's code.
        concat(hexToBytes(`0x60${size}600a5f3960${size}5ff3`), storer)
      : concat(...slots.flatMap(([slot, stored]) => [word(slot), word(stored)]))
  const to = step.kind === 'create' ? undefined : account(step.to)
  return {
    type: 0x7e,
    sender,
    to,
    nonce: 0n,
    gasLimit,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    value,
    mint: value,
    data,
  }
}

function encoded({ to, value, data }: EvmTransaction): Uint8Array {
  const none = new Uint8Array()
  const wei = bigIntToBytes(value)
  const fields = [new Uint8Array(32), sender, to ?? none, wei, wei, bigIntToBytes(gasLimit), none, data]
  return concat(Uint8Array.of(0x7e), rlp.encode(fields))
}
