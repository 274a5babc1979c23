import { type as t } from './wasm/instructions.js'
import type { FunctionType } from './wasm/module.js'

/** How an execution pauses or ends: the kernel's evm/outcome.ts. */
export const exit = { call: 3, yield: 4, stepped: 5, interpret: 6 } as const

/** `halt` codes: the kernel's evm/outcome.ts. */
export const haltCode = { outOfGas: 1, invalidJump: 4, staticViolation: 6 } as const

/** A chunk's result from here on is the block to go on with, in another chunk. */
export const crossing = 0x10000

/** Offsets in a frame's record: the kernel's evm/frame.ts. */
export const frame = {
  ip: 0,
  sp: 4,
  gas: 8,
  codeStart: 16,
  codeRecord: 28,
  stackBase: 36,
  account: 48,
  inputSize: 56,
  isStatic: 60,
} as const

/** Slots of late, by the kernel's world/slotCache.ts: addresses by its world/layout.ts, fields by world/slot.ts and world/account.ts. */
export const slotCache = {
  cells: 0x109000,
  mask: 0xfff,
  transaction: 0x10d000,
  slot: { account: 4, incarnation: 8, warm: 12, key: 16, current: 48 },
  incarnation: 128,
} as const

/** What access to a warm slot costs (EIP-2929). Before Berlin no slot is warm. */
export const warmAccess = 100n

/** In the entry table: a JUMPDEST that does not begin a block. The interpreter goes on from there. */
export const noBlock = 0x7fff

/** Offset in a code record: how often an assumption of the optimising compiler failed (u32). */
export const guardFailures = 60

export const types = [
  { parameters: [t.i32, t.i32, t.i32], results: [t.i32] },
  { parameters: [t.i32, t.i32], results: [t.i32] },
  { parameters: [t.i64, t.i64, t.i64], results: [t.i64] },
  { parameters: [], results: [t.i32] },
  { parameters: [t.i32], results: [t.i32] },
  { parameters: [t.i32], results: [] },
  { parameters: [t.i32, t.i64], results: [t.i64] },
  { parameters: [t.i32, t.i32], results: [] },
] as const satisfies readonly FunctionType[]

/** Functions of the kernel that compiled code calls, in import order; each is an export of entry/evm.ts. */
export const imports = [
  { name: 'expandMemory', type: 2 },
  { name: 'memoryBase', type: 3 },
  { name: 'memorySize', type: 3 },
  { name: 'step', type: 3 },
  { name: 'haltFrame', type: 4 },
  { name: 'multiplyTop', type: 5 },
  { name: 'divideTop', type: 5 },
  { name: 'divideSignedTop', type: 5 },
  { name: 'remainderTop', type: 5 },
  { name: 'remainderSignedTop', type: 5 },
  { name: 'addModuloTop', type: 5 },
  { name: 'multiplyModuloTop', type: 5 },
  { name: 'signExtendTop', type: 5 },
  { name: 'byteTop', type: 5 },
  { name: 'shiftLeftTop', type: 5 },
  { name: 'shiftRightTop', type: 5 },
  { name: 'shiftRightSignedTop', type: 5 },
  { name: 'callDataLoadTop', type: 5 },
  { name: 'keccakTop', type: 6 },
  { name: 'loadSlotTop', type: 6 },
  { name: 'storeSlotTop', type: 6 },
  { name: 'environment', type: 7 },
] as const

export type ImportName = (typeof imports)[number]['name']

export const importIndex = Object.fromEntries(imports.map(({ name }, i) => [name, i])) as Record<
  ImportName,
  number
>
