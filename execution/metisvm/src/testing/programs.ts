import fc from 'fast-check'
import { type Fork, forks } from '../interface.js'

/** One step of a generated program: bytes, and how it changes the stack. */
type Step = { bytes: number[]; takes: number; puts: number; since?: Fork }

const op = (opcode: number, takes: number, puts: number, since?: Fork): Step => ({
  bytes: [opcode],
  takes,
  puts,
  since,
})

const pushes = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => [0x60, byte]) },
    {
      weight: 2,
      arbitrary: fc
        .uint8Array({ minLength: 2, maxLength: 32 })
        .map((bytes) => [0x5f + bytes.length, ...bytes]),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<number[][]>([0x61, 0xff, 0xff], [0x7f, ...Array<number>(32).fill(0xff)]),
    },
  )
  .map((bytes): Step => ({ bytes, takes: 0, puts: 1 }))

const plain: Step[] = [
  ...[
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18,
    0x1a,
  ].map((code) => op(code, 2, 1)),
  ...[0x1b, 0x1c, 0x1d].map((code) => op(code, 2, 1, 'constantinople')),
  op(0x08, 3, 1),
  op(0x09, 3, 1),
  op(0x15, 1, 1),
  op(0x19, 1, 1),
  op(0x1e, 1, 1, 'osaka'),
  ...[0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x41, 0x42, 0x43, 0x44, 0x45, 0x58, 0x59, 0x5a].map((code) =>
    op(code, 0, 1),
  ),
  op(0x3d, 0, 1, 'byzantium'),
  op(0x46, 0, 1, 'istanbul'),
  op(0x47, 0, 1, 'istanbul'),
  op(0x48, 0, 1, 'london'),
  op(0x4a, 0, 1, 'cancun'),
  op(0x5f, 0, 1, 'shanghai'),
  op(0x50, 1, 0),
  op(0x5b, 0, 0),
  ...Array.from({ length: 6 }, (_, i) => op(0x80 + i, i + 1, i + 2)),
  ...Array.from({ length: 6 }, (_, i) => op(0x90 + i, i + 2, i + 2)),
]

const small = fc.integer({ min: 0, max: 120 })
const push1 = (value: number) => [0x60, value]
const sequence = (since: Fork | undefined, puts: number, ...parts: number[][]): Step => ({
  bytes: parts.flat(),
  takes: 0,
  puts,
  since,
})

/** Addresses that programs meet: contracts, precompiles, nobody, the coinbase. */
const target = fc.constantFrom(0xc0, 0xc1, 0xc2, 0x01, 0x02, 0x03, 0x04, 0x05, 0xee, 0xcb, 0xaa)
const pushAddress = (byte: number) => (byte < 0x20 ? push1(byte) : [0x73, ...Array<number>(20).fill(byte)])

const memory = fc
  .tuple(small, small, small)
  .chain(([a, b, size]) =>
    fc.constantFrom(
      sequence(undefined, 1, push1(a), [0x51]),
      sequence(undefined, 0, push1(b), push1(a), [0x52]),
      sequence(undefined, 0, push1(b), push1(a), [0x53]),
      sequence(undefined, 1, push1(size), push1(a), [0x20]),
      sequence(undefined, 1, push1(a), [0x35]),
      sequence(undefined, 0, push1(size), push1(b), push1(a), [0x37]),
      sequence(undefined, 0, push1(size), push1(b), push1(a), [0x39]),
      sequence('byzantium', 0, push1(0), [0x3d, 0x03], push1(0), push1(a), [0x3e]),
      sequence('byzantium', 0, [0x3d], push1(0), push1(a), [0x3e]),
      sequence('cancun', 0, push1(size), push1(b), push1(a), [0x5e]),
    ),
  )

const state = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 }), small, target)
  .chain(([key, value, offset, address]) =>
    fc.constantFrom(
      sequence(undefined, 1, push1(key), [0x54]),
      sequence(undefined, 0, push1(value), push1(key), [0x55]),
      sequence('cancun', 1, push1(key), [0x5c]),
      sequence('cancun', 0, push1(value), push1(key), [0x5d]),
      sequence(undefined, 0, push1(key), push1(value), push1(offset), push1(key), [0xa2]),
      sequence(undefined, 0, push1(offset), push1(key), [0xa0]),
      sequence(undefined, 1, pushAddress(address), [0x31]),
      sequence(undefined, 1, pushAddress(address), [0x3b]),
      sequence('constantinople', 1, pushAddress(address), [0x3f]),
      sequence(undefined, 0, push1(offset), push1(key), push1(key), pushAddress(address), [0x3c]),
    ),
  )

const gasWord = fc.constantFrom([0x5a], [0x5a], [0x61, 0x27, 0x10], [0x62, 0x01, 0x86, 0xa0], push1(0))
const calls = fc
  .tuple(target, gasWord, small, fc.integer({ min: 0, max: 64 }), fc.constantFrom(0, 0, 0, 1, 255))
  .chain(([address, gas, at, size, value]) => {
    const ranges = [push1(size), push1(at), push1(size), push1(0)]
    return fc.constantFrom(
      sequence(undefined, 1, ...ranges, push1(value), pushAddress(address), gas, [0xf1]),
      sequence(undefined, 1, ...ranges, push1(value), pushAddress(address), gas, [0xf2]),
      sequence('homestead', 1, ...ranges, pushAddress(address), gas, [0xf4]),
      sequence('byzantium', 1, ...ranges, pushAddress(address), gas, [0xfa]),
    )
  })

/** Creates with init code from memory, calldata, or a fixed one that deploys a byte. */
const creates = fc
  .tuple(small, fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 0, 1), fc.integer({ min: 0, max: 2 }))
  .chain(([at, size, value, salt]) =>
    fc.constantFrom(
      sequence(undefined, 1, push1(size), push1(at), push1(value), [0xf0]),
      // MSTORE8(0, 0x5b) … RETURN(0, 1): 605b5f5360015ff3 with PUSH1 0 for PUSH0
      sequence(
        undefined,
        1,
        [0x69, 0x60, 0x5b, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3],
        push1(0),
        [0x52],
        push1(10),
        push1(22),
        push1(value),
        [0xf0],
      ),
      sequence('constantinople', 1, push1(salt), push1(size), push1(at), push1(value), [0xf5]),
      sequence(
        'constantinople',
        1,
        [0x69, 0x60, 0x5b, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3],
        push1(0),
        [0x52],
        push1(salt),
        push1(10),
        push1(22),
        push1(value),
        [0xf5],
      ),
    ),
  )

/** A forward jump over a byte that would halt, taken or not. */
const jumps = fc.constantFrom(
  sequence(undefined, 0, [0x58], push1(5), [0x01, 0x56, 0xfe, 0x5b]),
  sequence(undefined, 0, push1(1), [0x58], push1(5), [0x01, 0x57, 0xfe, 0x5b]),
)

const ends = fc
  .tuple(small, small, target)
  .chain(([a, b, address]) =>
    fc.constantFrom(
      { bytes: [0x00] },
      { bytes: [...push1(a), ...push1(b), 0xf3] },
      { bytes: [...push1(a), ...push1(b), 0xf3] },
      { bytes: [...push1(a), ...push1(b), 0xfd] },
      { bytes: [...pushAddress(address), 0xff] },
      { bytes: [0xfe] },
    ),
  )

const step = fc.oneof(
  { weight: 4, arbitrary: pushes },
  { weight: 6, arbitrary: fc.constantFrom(...plain) },
  { weight: 4, arbitrary: memory },
  { weight: 4, arbitrary: state },
  { weight: 3, arbitrary: calls },
  { weight: 1, arbitrary: creates },
  { weight: 1, arbitrary: jumps },
)

/** Bytecode that mostly runs to its end: operands are there, offsets are small. */
export const program = (fork: Fork): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.array(step, { minLength: 1, maxLength: 40 }), ends, fc.integer({ min: 0, max: 60 }))
    .map(([steps, end, slip]) => {
      const bytes: number[] = []
      let depth = 0
      for (const { bytes: code, takes, puts, since } of steps) {
        if (since && forks.indexOf(since) > forks.indexOf(fork)) continue
        // One program in sixty is allowed to underflow.
        for (; depth < takes && slip !== 0; depth++) bytes.push(0x60, depth)
        bytes.push(...code)
        depth = Math.max(0, depth - takes) + puts
      }
      return Uint8Array.from([...bytes, ...end.bytes])
    })
