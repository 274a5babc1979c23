import { emptyCodeHash, keccak256 } from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import { createEvm } from './evm.js'
import type { ChainRules, InvalidTransactionCode, Precompile } from './interface.js'
import { precompilesFor } from './precompiles/index.js'
import {
  type AccountSeed,
  addressOf,
  block,
  bytecode,
  MapState,
  message,
  push,
  returnTop,
} from './testing/fixture.js'

const evm = createEvm({ maxIdleKernels: 1 })
const sender = addressOf(0xaa)
const contract = addressOf(0xc0)
const osaka: ChainRules = { fork: 'osaka', chainId: 1n }
const ether = 10n ** 18n
const slotOf = (index: number) => new Uint8Array(32).fill(index, 31)

const stateWith = (seed: AccountSeed = {}) =>
  new MapState().set(sender, { balance: ether }).set(contract, seed)

const begin = (seed: AccountSeed = {}, rules = osaka) => evm.begin(rules, block, stateWith(seed))

/** PUSH1 value, PUSH1 slot, SSTORE */
const storeByte = (slot: number, value: number) => bytecode(0x60, value, 0x60, slot, 0x55)

const invalidCode = (run: () => unknown): InvalidTransactionCode | undefined => {
  try {
    run()
  } catch (error) {
    return (error as { code: InvalidTransactionCode }).code
  }
  return undefined
}

describe('a session', () => {
  it('reports what transactions changed, and only that', () => {
    using session = begin({ code: storeByte(1, 7), storage: [[slotOf(2), slotOf(9)]] })
    const result = session.transact(message({ value: 5n }))
    expect(result.status).toBe('success')
    const changes = new Map(session.changes().map((change) => [change.address[0], change]))
    expect([...changes.keys()].sort()).toEqual([0xaa, 0xc0, 0xcb])
    expect(changes.get(0xc0)).toMatchObject({ storageCleared: false, storage: [[slotOf(1), slotOf(7)]] })
    expect(changes.get(0xc0)?.account?.balance).toBe(5n)
    expect(changes.get(0xaa)?.account).toMatchObject({
      nonce: 1n,
      balance: ether - 5n - result.gasUsed * 10n,
    })
    expect(changes.get(0xcb)?.account?.balance).toBe(result.gasUsed * 3n)
    expect(session.changes()).toEqual(session.changes())
  })

  it('conserves wei when base fee and blob fee have recipients', () => {
    const rules = { ...osaka, baseFeeRecipient: addressOf(0xbf), blobFeeRecipient: addressOf(0xbb) }
    using session = begin({}, rules)
    const blob = new Uint8Array(32).fill(1)
    session.transact(message({ type: 3, blobVersionedHashes: [blob], maxFeePerBlobGas: 3n }))
    const total = session.changes().reduce((sum, change) => sum + (change.account?.balance ?? 0n), 0n)
    expect(total).toBe(ether)
    expect(session.account(addressOf(0xbf))?.balance).toBe(21_000n * 7n)
    expect(session.account(addressOf(0xbb))?.balance).toBe(131_072n)
  })

  it('starts from the reader again after another session on the same kernel', () => {
    for (let i = 0; i < 3; i++) {
      using session = begin({ code: storeByte(1, 7) })
      expect(session.changes()).toEqual([])
      expect(session.account(contract)?.balance).toBe(0n)
      session.transact(message({ value: 5n }))
    }
  })

  it('keeps the effects of one transaction for the next, and original values per transaction', () => {
    using session = begin({ code: storeByte(1, 7) })
    const first = session.transact(message())
    const second = session.transact(message({ nonce: 1n }))
    expect(first.gasUsed - second.gasUsed).toBe(20_000n - 100n)
  })

  it('gives the deployed code and the address of a creation', () => {
    using session = begin()
    // MSTORE8(0, 0xfe), RETURN(0, 1)
    const result = session.transact(message({ to: undefined, data: bytecode('60fe5f5360015ff3') }))
    expect(result).toMatchObject({ status: 'success', output: Uint8Array.of(0xfe) })
    const change = session.changes().find(({ code }) => code !== undefined)
    expect(change?.address).toEqual(result.createdAddress)
    expect(change?.account?.codeHash).toEqual(keccak256(Uint8Array.of(0xfe)))
  })

  it('removes a contract that is destroyed where it was created, with all it was sent', () => {
    using session = begin()
    const result = session.transact(message({ to: undefined, value: 9n, data: bytecode('30ff') }))
    expect(result.status).toBe('success')
    expect(session.account(result.createdAddress!)).toBeUndefined()
    expect(
      session
        .changes()
        .map(({ address }) => address[0])
        .sort(),
    ).toEqual([0xaa, 0xcb])
  })

  it('is empty of storage after destruction and creation anew', () => {
    using session = begin(
      { code: bytecode('30ff'), storage: [[slotOf(1), slotOf(1)]] },
      { fork: 'london', chainId: 1n },
    )
    session.transact(message())
    expect(session.changes().find(({ address }) => address[0] === 0xc0)).toMatchObject({
      account: null,
      storageCleared: true,
      storage: [],
    })
  })

  it('credits outside of transactions, and clears what stays empty', () => {
    using session = begin()
    session.credit(addressOf(0x77), 3n)
    session.credit(addressOf(0x78), 0n)
    expect(session.account(addressOf(0x77))).toEqual({ nonce: 0n, balance: 3n, codeHash: emptyCodeHash })
    expect(session.account(addressOf(0x78))).toBeUndefined()
  })

  it('runs a system call without charging anybody', () => {
    using session = begin({ code: bytecode('33', returnTop) })
    const result = session.systemCall(contract, new Uint8Array())
    expect(Buffer.from(result.output).toString('hex')).toBe(`${'00'.repeat(12)}${'ff'.repeat(19)}fe`)
    expect(session.changes()).toEqual([])
  })

  it('refuses work after it is disposed', () => {
    const session = begin()
    session[Symbol.dispose]()
    expect(() => session.changes()).toThrow('disposed')
  })

  it('passes on what the reader throws, and the next session is sound', () => {
    const state = stateWith({ code: bytecode('60015400') })
    state.storage = () => {
      throw new Error('disk on fire')
    }
    {
      using session = evm.begin(osaka, block, state)
      expect(() => session.transact(message())).toThrow('disk on fire')
      expect(() => session.changes()).toThrow('failed before')
    }
    using session = begin({ code: storeByte(1, 7) })
    expect(session.transact(message()).status).toBe('success')
  })
})

describe('invalid transactions', () => {
  const cases: [InvalidTransactionCode, Parameters<typeof message>[0]][] = [
    ['nonceTooHigh', { nonce: 1n }],
    ['intrinsicGas', { gasLimit: 20_999n }],
    ['floorGas', { gasLimit: 22_000n, data: new Uint8Array(60).fill(1) }],
    ['insufficientFunds', { value: ether }],
    ['insufficientFunds', { maxFeePerGas: 1n << 250n }],
    ['insufficientFunds', { value: 1n << 256n }],
    ['gasLimitAboveBlock', { gasLimit: 30_000_001n }],
    ['gasLimitAboveCap', { gasLimit: 16_777_217n }],
    ['feeBelowBaseFee', { maxFeePerGas: 6n, maxPriorityFeePerGas: 1n }],
    ['tipAboveFee', { type: 2, maxPriorityFeePerGas: 11n }],
    ['typeNotSupported', { type: 5 }],
    ['noBlobs', { type: 3, maxFeePerBlobGas: 1n }],
    [
      'tooManyBlobs',
      { type: 3, maxFeePerBlobGas: 1n, blobVersionedHashes: Array(7).fill(new Uint8Array(32).fill(1)) },
    ],
    ['blobVersion', { type: 3, maxFeePerBlobGas: 1n, blobVersionedHashes: [new Uint8Array(32)] }],
    ['blobFeeTooLow', { type: 3, maxFeePerBlobGas: 0n, blobVersionedHashes: [new Uint8Array(32).fill(1)] }],
    ['blobCreate', { type: 3, to: undefined }],
    ['emptyAuthorizationList', { type: 4 }],
    ['setCodeCreate', { type: 4, to: undefined }],
    ['initcodeTooLarge', { to: undefined, gasLimit: 5_000_000n, data: new Uint8Array(49_153) }],
  ]
  for (const [code, changes] of cases) {
    it(`${code} leaves the state as it was`, () => {
      using session = begin()
      expect(invalidCode(() => session.transact(message(changes)))).toBe(code)
      expect(session.changes()).toEqual([])
      expect(session.transact(message()).status).toBe('success')
    })
  }

  it('knows used nonces and contract senders', () => {
    using session = evm.begin(
      osaka,
      block,
      stateWith().set(sender, { nonce: 3n, balance: ether, code: Uint8Array.of(0) }),
    )
    expect(invalidCode(() => session.transact(message({ nonce: 2n })))).toBe('nonceTooLow')
    expect(invalidCode(() => session.transact(message({ nonce: 3n })))).toBe('senderNotEoa')
    expect(session.transact(message({ nonce: 3n }), { allowContractSender: true }).status).toBe('success')
  })
})

describe('deposits', () => {
  const deposit = (changes: Parameters<typeof message>[0]) =>
    message({ type: 0x7e, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, nonce: 77n, ...changes })
  const depositor = addressOf(0xdd)

  it('mint, cost nothing and count a nonce', () => {
    using session = begin({ code: storeByte(1, 7) })
    const result = session.transact(deposit({ sender: depositor, mint: 10n, value: 4n }))
    expect(result.status).toBe('success')
    expect(session.account(depositor)).toMatchObject({ nonce: 1n, balance: 6n })
    expect(session.account(contract)?.balance).toBe(4n)
    expect(session.account(block.coinbase)).toBeUndefined()
  })

  it('keep their mint when they revert', () => {
    using session = begin({ code: bytecode('5f5ffd') })
    const result = session.transact(deposit({ sender: depositor, mint: 10n, value: 4n }))
    expect(result.status).toBe('revert')
    expect(session.account(depositor)).toMatchObject({ nonce: 1n, balance: 10n })
  })

  it('cannot be refused: what would be invalid fails with all its gas used', () => {
    using session = begin()
    const poor = session.transact(deposit({ sender: depositor, mint: 10n, value: 11n }))
    expect(poor).toMatchObject({ status: 'halt', halt: 'insufficientBalance', gasUsed: 1_000_000n })
    expect(session.account(depositor)).toMatchObject({ nonce: 1n, balance: 10n })
    expect(session.transact(deposit({ sender: depositor, gasLimit: 100n })).status).toBe('halt')
  })
})

describe('overrides', () => {
  it('replace code, balance, nonce and storage', () => {
    using session = begin({
      code: bytecode('00'),
      storage: [
        [slotOf(1), slotOf(1)],
        [slotOf(2), slotOf(2)],
      ],
    })
    // SLOAD(1) * 256 + SLOAD(2), of which the second keeps its value
    const code = bytecode('600154', '6101000260025401', returnTop)
    session.override(contract, { code, balance: 5n, nonce: 8n, stateDiff: [[slotOf(1), slotOf(3)]] })
    const result = session.transact(message(), { skipFees: true })
    expect([...result.output.slice(30)]).toEqual([3, 2])
    expect(session.account(contract)).toMatchObject({ balance: 5n, nonce: 8n })
    session.override(contract, { state: [[slotOf(2), slotOf(4)]] })
    expect([...session.transact(message({ nonce: 1n })).output.slice(30)]).toEqual([0, 4])
  })
})

describe('precompiles of the chain', () => {
  const address = `0x${'00'.repeat(18)}0a11`
  const at = bytecode('00'.repeat(18), '0a11')

  it('see the journaled state while the kernel waits, and do not disturb it', () => {
    const seen: unknown[] = []
    const precompile: Precompile = {
      name: 'TEST',
      gas: () => 100n,
      run(input, context) {
        seen.push([
          context.caller,
          context.value,
          context.isStatic,
          context.storage(contract, slotOf(1)),
          context.code(addressOf(0x99)),
        ])
        return input.slice(0, 1)
      },
    }
    const code = bytecode(
      storeByte(1, 7),
      '60aa5f53',
      '6001',
      '5f',
      '6001',
      '5f',
      '6000',
      '610a11',
      '5a',
      'f1',
      '50',
      '5f51',
      returnTop,
    )
    using session = begin({ code }, { ...osaka, precompiles: new Map([[address, precompile]]) })
    const result = session.transact(message())
    expect(seen).toEqual([[contract, 0n, false, slotOf(7), new Uint8Array()]])
    expect(result.output[0]).toBe(0xaa)
    expect(result.status).toBe('success')
  })

  it('are ordinary accounts where the chain disables them', () => {
    const sha256 = bytecode('00'.repeat(19), '02')
    const disabledPrecompiles = new Set([`0x${'00'.repeat(19)}02`])
    using usual = begin()
    expect(usual.transact(message({ to: sha256 })).output.length).toBe(32)
    using changed = begin({}, { ...osaka, disabledPrecompiles })
    expect(changed.transact(message({ to: sha256 })).output.length).toBe(0)
  })

  it('stay warm where they are disabled, and are cold where they are moved to', () => {
    const from = `0x${'00'.repeat(19)}02`
    const balanceOf = (byte: string) => bytecode('60', byte, '31', '00')
    const gasOf = (byte: string, rules = osaka) => {
      using session = begin({ code: balanceOf(byte) }, rules)
      return session.transact(message()).gasUsed
    }
    const moved = {
      ...osaka,
      disabledPrecompiles: new Set([from]),
      movedPrecompiles: new Map([[`0x${'00'.repeat(19)}ee`, precompilesFor('osaka').get(from)!]]),
    }
    expect(gasOf('02', moved)).toBe(gasOf('02'))
    expect(gasOf('ee', moved)).toBe(gasOf('02') + 2_500n)
    using session = begin({}, moved)
    expect(session.transact(message({ to: bytecode('00'.repeat(19), 'ee') })).output.length).toBe(32)
  })

  it('fail the call with all its gas when they return nothing or cost too much', () => {
    for (const precompile of [
      { name: 'FAIL', gas: () => 1n, run: () => undefined },
      { name: 'DEAR', gas: () => 1n << 70n, run: () => new Uint8Array() },
    ]) {
      using session = begin({}, { ...osaka, precompiles: new Map([[address, precompile]]) })
      const result = session.transact(message({ to: at }))
      expect(result).toMatchObject({ status: 'halt', halt: 'precompileFailure', gasUsed: 1_000_000n })
    }
  })
})

describe('depth', () => {
  it('reaches 1024 nested calls without the native stack', () => {
    // Counts calls in slot 0: SSTORE(0, SLOAD(0) + 1), CALL(gas, address, 0, 0, 0, 0, 0)
    const code = bytecode('5f54600101', '5f55', '5f5f5f5f5f', '30', '5a', 'f1', '00')
    using session = evm.begin(
      { fork: 'cancun', chainId: 1n },
      { ...block, gasLimit: 1n << 62n },
      stateWith({ code }),
    )
    const result = session.transact(message({ gasLimit: 1n << 60n }), { skipFees: true })
    expect(result.status).toBe('success')
    const change = session.changes().find(({ address }) => address[0] === 0xc0)
    expect(change?.storage[0]?.[1].slice(30)).toEqual(Uint8Array.of(1025 >> 8, 1025 & 255))
  })

  it('keeps memory of all frames apart', () => {
    // MSTORE(0, GAS); if depth allows CALL self; compare MLOAD(0) with what was stored
    const code = bytecode('365f52', '5f5f600136015f5f', '30', '5a', 'f1', '50', '5f51', '3614', returnTop)
    using session = evm.begin({ fork: 'cancun', chainId: 1n }, block, stateWith({ code }))
    expect(session.transact(message({ gasLimit: 900_000n }), { skipFees: true }).output[31]).toBe(1)
  })
})

it('does not count gas that no counter holds as used', () => {
  using session = evm.begin(
    { fork: 'london', chainId: 1n },
    { ...block, baseFee: 0n, gasLimit: (1n << 64n) - 1n },
    stateWith({ code: bytecode(push(1n), '00') }),
  )
  const result = session.transact(
    message({ gasLimit: (1n << 64n) - 1n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }),
  )
  expect(result.gasUsed).toBe(21_003n)
})
