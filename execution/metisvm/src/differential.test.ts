import { bytesToBigInt } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from './evm.js'
import { type Fork, forks } from './interface.js'
import { type AccountSeed, addressOf, block, MapState, message } from './testing/fixture.js'
import { type Outcome, runPeer } from './testing/peer.js'
import { program } from './testing/programs.js'

/** The interpreter, and every code compiled before it first runs. */
const tiers = (['tier0', 'compiled'] as const).map((mode) => createEvm({ mode }))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const slotOf = (index: number) => new Uint8Array(32).fill(index, 31)
const intrinsic = 21_000n
const isAtLeast = (fork: Fork, since: Fork) => forks.indexOf(fork) >= forks.indexOf(since)

const tested: Fork[] = [
  'homestead',
  'spuriousDragon',
  'byzantium',
  'constantinople',
  'istanbul',
  'berlin',
  'london',
  'shanghai',
  'cancun',
  'prague',
  'osaka',
]
const runs = Number(process.env.METIS_FUZZ_RUNS ?? 60)

async function compare(fork: Fork, codes: Uint8Array[], gas: bigint, value: bigint): Promise<void> {
  const accounts: [Uint8Array, AccountSeed][] = [
    [addressOf(0xaa), { nonce: 5n, balance: 10n ** 18n }],
    ...codes.map((code, i): [Uint8Array, AccountSeed] => [
      addressOf(0xc0 + i),
      {
        nonce: 1n,
        balance: BigInt(i * 300),
        code,
        storage: [
          [slotOf(1), slotOf(1)],
          [slotOf(2), slotOf(9)],
        ],
      },
    ]),
  ]
  const state = accounts.reduce((all, [address, seed]) => all.set(address, seed), new MapState())
  const transaction = message({ gasLimit: intrinsic + gas, value, nonce: 5n })
  const peer = await runPeer(fork, block, accounts, transaction, gas)

  for (const evm of tiers) {
    using session = evm.begin({ fork, chainId: 1n }, block, state)
    const result = session.transact(transaction, { skipFees: true })
    const used = result.gasUsed + result.gasRefunded - intrinsic
    const most = (used + intrinsic) / (isAtLeast(fork, 'london') ? 5n : 2n)
    const refund = peer.outcome.refund < most ? peer.outcome.refund : most
    const ours: Outcome = {
      status: result.status,
      gas: used,
      refund: result.gasRefunded,
      output: hex(result.output),
      logs: result.logs.map(({ address, topics, data }) =>
        [hex(address), ...topics.map(hex), hex(data)].join(':'),
      ),
    }
    expect(ours).toEqual({ ...peer.outcome, refund })

    for (const change of session.changes()) {
      if (peer.destroyed.has(hex(change.address))) continue
      const other = await peer.account(change.address)
      expect([hex(change.address), change.account?.nonce, change.account?.balance]).toEqual([
        hex(change.address),
        other?.nonce,
        other?.balance,
      ])
      if (change.code) expect(hex(change.code)).toBe(other?.code)
      for (const [slot, value] of change.storage) {
        expect(await peer.storage(change.address, slot)).toBe(bytesToBigInt(value))
      }
    }
  }
}

describe('random call trees agree with @ethereumjs/evm, interpreted and compiled', () => {
  for (const fork of tested) {
    it(
      `at ${fork}: status, gas, refund, output, logs, state`,
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.tuple(program(fork), program(fork), program(fork)),
            fc.constantFrom(10_000n, 60_000n, 300_000n, 1_000_000n),
            fc.constantFrom(0n, 7n),
            (codes, gas, value) => compare(fork, codes, gas, value),
          ),
          { numRuns: runs },
        )
      },
      60_000 + runs * 100,
    )
  }
})
