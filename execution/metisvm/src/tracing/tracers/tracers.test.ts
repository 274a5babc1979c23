import { bytesToHex } from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import type { EvmTransaction } from '../../interface.js'
import { addressOf, block, bytecode, MapState, message } from '../../testing/fixture.js'
import { TraceBudget, TraceLimitError, type TraceLimits } from '../budget.js'
import { createTracer } from '../createTracer.js'
import { createTracingEvm } from '../evm.js'
import type { CallFrame } from './callTracer.js'
import type { Erc7562Frame } from './erc7562Tracer.js'
import { type VmTrace, VmTracer } from './vmTracer.js'

const hex = (byte: number) => bytesToHex(addressOf(byte))
const generous: TraceLimits = { milliseconds: 10_000, steps: 1e7, bytes: 1e7 }
const state = (code: Uint8Array, other = new Uint8Array()) =>
  new MapState()
    .set(addressOf(0xaa), { balance: 10n ** 18n })
    .set(addressOf(0xc0), { code, balance: 10n })
    .set(addressOf(0xc1), { code: other })

function trace(
  name: string,
  given: MapState,
  changes: Partial<EvmTransaction> = {},
  config: object = {},
  limits: TraceLimits = generous,
): unknown {
  const budget = new TraceBudget(limits)
  const evm = createTracingEvm(budget)
  using session = evm.begin({ fork: 'osaka', chainId: 1n }, block, given)
  const tracer = createTracer(name, config, { budget })
  evm.trace(tracer, () => session.transact(message(changes)))
  return tracer.result()
}

/** CALL 0xc1… with `gas` and all else zero. */
const callOther = (gas: string) => bytecode('5f5f5f5f5f73', addressOf(0xc1), gas, 'f1')

describe('callTracer', () => {
  it.each([
    ['a bad jump', '5f56', 'invalid jump destination'],
    ['an undefined opcode', '0c', 'invalid opcode: opcode 0xc not defined'],
    ['INVALID', 'fe', 'invalid opcode: INVALID'],
    ['too few words', '6001f1', 'stack underflow (1 <=> 7)'],
    ['too many words', '5b5f5f56', 'stack limit reached 1024 (1023)'],
    ['a loop', '5b5f56', 'out of gas'],
    ['memory beyond all price', '5f6fffffffffffffffffffffffffffffffff52', 'gas uint64 overflow'],
    ['return data that are not there', '60015f5f3e', 'return data out of bounds'],
  ])('names the failure of %s', (_, code, error) => {
    const { calls } = trace('callTracer', state(callOther('61ffff'), bytecode(code))) as CallFrame
    expect(calls).toMatchObject([{ type: 'CALL', to: hex(0xc1), gas: '0xffff', gasUsed: '0xffff', error }])
  })

  it('has a frame for a call that cannot begin, which costs nothing', () => {
    const code = bytecode('5f5f5f5f60ff73', addressOf(0xc1), '61fffff1')
    const { calls } = trace('callTracer', state(code)) as CallFrame
    const error = 'insufficient balance for transfer'
    expect(calls).toMatchObject([{ value: '0xff', gas: '0x108fb', gasUsed: '0x0', error }])
  })

  it('leaves the value out of a static call, and has the balance that a self-destruction moves', () => {
    const code = bytecode('5f5f5f5f73', addressOf(0xc1), '61fffffa73', addressOf(0xee), 'ff')
    const { calls } = trace('callTracer', state(code)) as CallFrame
    expect(calls).toMatchObject([
      { type: 'STATICCALL' },
      { type: 'SELFDESTRUCT', from: hex(0xc0), to: hex(0xee), value: '0xa' },
    ])
    expect(calls![0]).not.toHaveProperty('value')
  })

  it('drops the logs of failed frames and numbers the others as the block does', () => {
    const logAndFail = bytecode('5f5fa05f5ffd')
    const code = bytecode('5f5fa0', callOther('61ffff'), '5f5fa0')
    const frame = trace('callTracer', state(code, logAndFail), {}, { withLog: true }) as CallFrame
    expect(frame.logs?.map(({ index, position }) => [index, position])).toEqual([
      ['0x0', '0x0'],
      ['0x1', '0x1'],
    ])
    expect(frame.calls![0]).not.toHaveProperty('logs')
  })

  it('tells of a deposit that cannot begin', () => {
    const deposit = { type: 0x7e, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, gasLimit: 20_000n, mint: 3n }
    expect(trace('callTracer', state(bytecode('00')), deposit)).toMatchObject({
      type: 'CALL',
      to: hex(0xc0),
      gas: '0x4e20',
      gasUsed: '0x4e20',
      error: 'out of gas',
    })
  })
})

describe('prestateTracer', () => {
  it('has the delegate of an account that delegates (EIP-7702)', () => {
    const given = state(bytecode('ef0100', addressOf(0xc1)), bytecode('5f54'))
    expect(trace('prestateTracer', given)).toMatchObject({
      [hex(0xc0)]: { code: bytesToHex(bytecode('ef0100', addressOf(0xc1))) },
      [hex(0xc1)]: { code: '0x5f54' },
    })
  })

  it('does not take a read that could not be paid for as one', () => {
    // BALANCE of a cold account costs 2,600; 21,000 and two pushes are spent before.
    const given = state(bytecode('73', addressOf(0xee), '31'))
    given.set(addressOf(0xee), { balance: 1n })
    expect(trace('prestateTracer', given, { gasLimit: 22_000n })).not.toHaveProperty(hex(0xee))
    expect(trace('prestateTracer', given, { gasLimit: 30_000n })).toHaveProperty(hex(0xee))
  })
})

describe('a budget', () => {
  const endless = state(bytecode('5b5f56'))
  it.each([
    ['structLogger', { ...generous, bytes: 10_000 }, 'bytes'],
    ['noopTracer', { ...generous, steps: 10_000 }, 'steps'],
    ['noopTracer', { ...generous, milliseconds: 0 }, 'time'],
  ])('stops %s within it', (name, limits, code) => {
    expect(() => trace(name, endless, {}, {}, limits)).toThrow(TraceLimitError)
    expect(() => trace(name, endless, {}, {}, limits)).toThrow(expect.objectContaining({ code }))
    expect(trace('noopTracer', endless)).toEqual({})
  })
})

describe('vmTracer', () => {
  const vmTrace = (code: Uint8Array, other = new Uint8Array()): VmTrace => {
    const budget = new TraceBudget(generous)
    const evm = createTracingEvm(budget)
    using session = evm.begin({ fork: 'osaka', chainId: 1n }, block, state(code, other))
    const tracer = new VmTracer({ budget })
    evm.trace(tracer, () => session.transact(message()))
    return tracer.result()!
  }

  it('tells what each opcode left on the stack, in memory and in storage', () => {
    const { ops } = vmTrace(bytecode('6007', '6020', '52', '6003', '6001', '55', '80505b00'))
    expect(ops.map(({ pc, op }) => [pc, op])).toEqual([
      [0, 'PUSH1'],
      [2, 'PUSH1'],
      [4, 'MSTORE'],
      [5, 'PUSH1'],
      [7, 'PUSH1'],
      [9, 'SSTORE'],
      [10, 'DUP1'],
    ])
    expect(ops[0]).toMatchObject({ cost: 3, ex: { push: ['0x7'], mem: null, store: null } })
    expect(ops[2]!.ex).toMatchObject({ push: [], mem: { off: 32, data: `0x${'7'.padStart(64, '0')}` } })
    expect(ops[5]!.ex!.store).toEqual({ key: '0x1', val: '0x3' })
    expect(ops[6]!.ex).toBeNull()
  })

  it('has the frame of a call inside of its opcode, and what came back', () => {
    const { ops } = vmTrace(bytecode(callOther('61ffff'), '00'), bytecode('5f5ffd'))
    const call = ops.find(({ op }) => op === 'CALL')!
    expect(call.ex!.push).toEqual(['0x0'])
    expect(call.sub!.ops.map(({ op }) => op)).toEqual(['PUSH0', 'PUSH0', 'REVERT'])
    expect(call.sub!.ops.at(-1)!.ex).not.toBeNull()
    expect(call.ex!.used).toBe(ops.at(-1)!.ex!.used)
  })
})

describe('erc7562Tracer', () => {
  it('has what bundlers check of each frame: opcodes, slots, foreign code, preimages of hashes', () => {
    const other = bytecode('60025c', '60016002', '5d', '5ffd')
    const code = bytecode(
      '600154', // SLOAD
      '60056001', // SSTORE
      '55',
      '42', // TIMESTAMP
      '60205f20', // KECCAK256 of a zero word
      '73',
      addressOf(0xc1),
      '3b', // EXTCODESIZE
      callOther('61ffff'),
    )
    const frame = trace('erc7562Tracer', state(code, other)) as Erc7562Frame
    expect(frame.accessedSlots.reads).toEqual({ [`0x${'1'.padStart(64, '0')}`]: [`0x${'0'.repeat(64)}`] })
    expect(frame.accessedSlots.writes).toEqual({ [`0x${'1'.padStart(64, '0')}`]: 1 })
    expect(frame.usedOpcodes).toMatchObject({ '0x42': 1, '0x54': 1, '0x55': 1, '0xf1': 1 })
    expect(frame.extCodeAccessInfo).toEqual([hex(0xc1)])
    expect(frame.contractSize[hex(0xc1)]).toEqual({ contractSize: other.length, opcode: 0x3b })
    expect(frame.keccak).toEqual([`0x${'0'.repeat(64)}`])
    const [inner] = frame.calls!
    const slot = `0x${'2'.padStart(64, '0')}`
    expect(inner).toMatchObject({ error: 'execution reverted', outOfGas: false })
    expect(inner!.accessedSlots).toMatchObject({
      transientReads: { [slot]: 1 },
      transientWrites: { [slot]: 1 },
    })
  })

  it('says which frame ran out of gas', () => {
    const frame = trace('erc7562Tracer', state(callOther('60ff'), bytecode('5b5f56'))) as Erc7562Frame
    expect([frame.outOfGas, frame.calls![0]!.outOfGas]).toEqual([false, true])
  })
})
