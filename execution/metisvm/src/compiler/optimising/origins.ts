import { maxWord } from './value.js'

const bits = (n: number): bigint => (1n << BigInt(n)) - 1n

/** Opcodes that bring words into the code: how large they may be, and whether they most probably need more than 64 bits. */
const known = new Map<number, readonly [max: bigint, wide: boolean]>([
  [0x1e, [256n, false]], // CLZ
  [0x20, [maxWord, true]], // KECCAK256
  [0x30, [bits(160), true]], // ADDRESS
  [0x32, [bits(160), true]], // ORIGIN
  [0x33, [bits(160), true]], // CALLER
  [0x36, [bits(32), false]], // CALLDATASIZE
  [0x38, [bits(32), false]], // CODESIZE
  [0x3b, [bits(32), false]], // EXTCODESIZE
  [0x3d, [bits(32), false]], // RETURNDATASIZE
  [0x3f, [maxWord, true]], // EXTCODEHASH
  [0x40, [maxWord, true]], // BLOCKHASH
  [0x41, [bits(160), true]], // COINBASE
  [0x42, [bits(64), false]], // TIMESTAMP
  [0x43, [bits(64), false]], // NUMBER
  [0x44, [maxWord, true]], // PREVRANDAO
  [0x45, [bits(64), false]], // GASLIMIT
  [0x49, [maxWord, true]], // BLOBHASH
  [0x59, [bits(32), false]], // MSIZE
  [0x5a, [bits(63), false]], // GAS
  [0xf1, [1n, false]], // CALL
  [0xf2, [1n, false]], // CALLCODE
  [0xf4, [1n, false]], // DELEGATECALL
  [0xfa, [1n, false]], // STATICCALL
  [0xf0, [bits(160), true]], // CREATE
  [0xf5, [bits(160), true]], // CREATE2
])

const anything = [maxWord, false] as const

export const knownRange = (opcode: number): readonly [max: bigint, wide: boolean] =>
  known.get(opcode) ?? anything
