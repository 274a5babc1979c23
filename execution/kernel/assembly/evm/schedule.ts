/**
 * Per fork: which opcodes exist, their fixed gas and their stack needs, as one table that the interpreter consults before
 * every opcode. Entry, u64: gas u16 | least stack depth u16 | range u32, depths in bytes; depth - least must not
 * exceed range (unsigned), which for an undefined opcode never holds.
 */
import { OPCODES } from '../world/layout'
import {
  BERLIN,
  BYZANTIUM,
  CANCUN,
  CONSTANTINOPLE,
  HOMESTEAD,
  ISTANBUL,
  LONDON,
  OSAKA,
  SHANGHAI,
  TANGERINE_WHISTLE,
} from './forks'

const STACK_WORDS: u32 = 1024

function define(opcode: u32, gas: u32, takes: u32, puts: u32): void {
  const least = takes << 5
  const most = (puts > takes ? STACK_WORDS - (puts - takes) : STACK_WORDS) << 5
  store<u64>(OPCODES + (usize(opcode) << 3), u64(gas) | (u64(least) << 16) | (u64(most - least) << 32))
}

function defineRange(first: u32, last: u32, gas: u32, takes: u32, puts: u32): void {
  for (let opcode = first; opcode <= last; opcode++) define(opcode, gas, takes, puts)
}

/** Undefined opcodes: a least depth above the limit, and no range. */
const UNDEFINED: u64 = u64(0xffff) << 16

export function isDefined(opcode: u32): bool {
  return load<u64>(OPCODES + (usize(opcode) << 3)) != UNDEFINED
}

export function leastDepth(opcode: u32): u32 {
  return load<u16>(OPCODES + (usize(opcode) << 3), 2)
}

export function buildSchedule(fork: i32): void {
  for (let opcode: u32 = 0; opcode < 256; opcode++) store<u64>(OPCODES + (usize(opcode) << 3), UNDEFINED)
  defineArithmetic(fork)
  defineEnvironment(fork)
  defineFlow(fork)
  defineState(fork)
  defineRange(0x60, 0x7f, 3, 0, 1)
  for (let n: u32 = 1; n <= 16; n++) {
    define(0x7f + n, 3, n, n + 1)
    define(0x8f + n, 3, n + 1, n + 1)
  }
}

function defineArithmetic(fork: i32): void {
  define(0x01, 3, 2, 1) // ADD
  define(0x02, 5, 2, 1) // MUL
  define(0x03, 3, 2, 1) // SUB
  defineRange(0x04, 0x07, 5, 2, 1) // DIV SDIV MOD SMOD
  defineRange(0x08, 0x09, 8, 3, 1) // ADDMOD MULMOD
  define(0x0a, 10, 2, 1) // EXP
  define(0x0b, 5, 2, 1) // SIGNEXTEND
  defineRange(0x10, 0x14, 3, 2, 1) // LT GT SLT SGT EQ
  define(0x15, 3, 1, 1) // ISZERO
  defineRange(0x16, 0x18, 3, 2, 1) // AND OR XOR
  define(0x19, 3, 1, 1) // NOT
  define(0x1a, 3, 2, 1) // BYTE
  if (fork >= CONSTANTINOPLE) defineRange(0x1b, 0x1d, 3, 2, 1) // SHL SHR SAR (EIP-145)
  if (fork >= OSAKA) define(0x1e, 5, 1, 1) // CLZ (EIP-7939)
  define(0x20, 30, 2, 1) // KECCAK256
}

/** Account reads cost 0 here from Berlin on: EIP-2929 prices them by what is warm. */
function defineEnvironment(fork: i32): void {
  const code = fork >= BERLIN ? 0 : fork >= TANGERINE_WHISTLE ? 700 : 20
  define(0x30, 2, 0, 1) // ADDRESS
  define(0x31, fork >= BERLIN ? 0 : fork >= ISTANBUL ? 700 : fork >= TANGERINE_WHISTLE ? 400 : 20, 1, 1) // BALANCE
  defineRange(0x32, 0x34, 2, 0, 1) // ORIGIN CALLER CALLVALUE
  define(0x35, 3, 1, 1) // CALLDATALOAD
  define(0x36, 2, 0, 1) // CALLDATASIZE
  define(0x37, 3, 3, 0) // CALLDATACOPY
  define(0x38, 2, 0, 1) // CODESIZE
  define(0x39, 3, 3, 0) // CODECOPY
  define(0x3a, 2, 0, 1) // GASPRICE
  define(0x3b, code, 1, 1) // EXTCODESIZE
  define(0x3c, code, 4, 0) // EXTCODECOPY
  if (fork >= BYZANTIUM) {
    define(0x3d, 2, 0, 1) // RETURNDATASIZE (EIP-211)
    define(0x3e, 3, 3, 0) // RETURNDATACOPY
  }
  if (fork >= CONSTANTINOPLE) define(0x3f, fork >= BERLIN ? 0 : fork >= ISTANBUL ? 700 : 400, 1, 1) // EXTCODEHASH
  define(0x40, 20, 1, 1) // BLOCKHASH
  defineRange(0x41, 0x45, 2, 0, 1) // COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT
  if (fork >= ISTANBUL) {
    define(0x46, 2, 0, 1) // CHAINID (EIP-1344)
    define(0x47, 5, 0, 1) // SELFBALANCE (EIP-1884)
  }
  if (fork >= LONDON) define(0x48, 2, 0, 1) // BASEFEE (EIP-3198)
  if (fork >= CANCUN) {
    define(0x49, 3, 1, 1) // BLOBHASH (EIP-4844)
    define(0x4a, 2, 0, 1) // BLOBBASEFEE (EIP-7516)
  }
}

function defineFlow(fork: i32): void {
  define(0x00, 0, 0, 0) // STOP
  define(0x50, 2, 1, 0) // POP
  define(0x51, 3, 1, 1) // MLOAD
  defineRange(0x52, 0x53, 3, 2, 0) // MSTORE MSTORE8
  define(0x56, 8, 1, 0) // JUMP
  define(0x57, 10, 2, 0) // JUMPI
  defineRange(0x58, 0x5a, 2, 0, 1) // PC MSIZE GAS
  define(0x5b, 1, 0, 0) // JUMPDEST
  if (fork >= CANCUN) define(0x5e, 3, 3, 0) // MCOPY (EIP-5656)
  if (fork >= SHANGHAI) define(0x5f, 2, 0, 1) // PUSH0 (EIP-3855)
  define(0xf3, 0, 2, 0) // RETURN
  if (fork >= BYZANTIUM) define(0xfd, 0, 2, 0) // REVERT (EIP-140)
}

function defineState(fork: i32): void {
  define(0x54, fork >= BERLIN ? 0 : fork >= ISTANBUL ? 800 : fork >= TANGERINE_WHISTLE ? 200 : 50, 1, 1) // SLOAD
  define(0x55, 0, 2, 0) // SSTORE
  if (fork >= CANCUN) {
    define(0x5c, 100, 1, 1) // TLOAD (EIP-1153)
    define(0x5d, 100, 2, 0) // TSTORE
  }
  for (let topics: u32 = 0; topics <= 4; topics++) define(0xa0 + topics, 375 * (topics + 1), topics + 2, 0) // LOG0 … LOG4
  const call = fork >= BERLIN ? 0 : fork >= TANGERINE_WHISTLE ? 700 : 40
  define(0xf0, 32000, 3, 1) // CREATE
  define(0xf1, call, 7, 1) // CALL
  define(0xf2, call, 7, 1) // CALLCODE
  if (fork >= HOMESTEAD) define(0xf4, call, 6, 1) // DELEGATECALL (EIP-7)
  if (fork >= CONSTANTINOPLE) define(0xf5, 32000, 4, 1) // CREATE2 (EIP-1014)
  if (fork >= BYZANTIUM) define(0xfa, call, 6, 1) // STATICCALL (EIP-214)
  define(0xff, fork >= TANGERINE_WHISTLE ? 5000 : 0, 1, 0) // SELFDESTRUCT
}
