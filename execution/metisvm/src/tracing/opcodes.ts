const named: [first: number, names: string][] = [
  [0x00, 'STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND'],
  [0x10, 'LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ'],
  [0x20, 'KECCAK256'],
  [0x30, 'ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY'],
  [0x38, 'CODESIZE CODECOPY GASPRICE EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH'],
  [0x40, 'BLOCKHASH COINBASE TIMESTAMP NUMBER DIFFICULTY GASLIMIT CHAINID SELFBALANCE'],
  [0x48, 'BASEFEE BLOBHASH BLOBBASEFEE'],
  [0x50, 'POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY'],
  [0xa0, 'LOG0 LOG1 LOG2 LOG3 LOG4'],
  [0xf0, 'CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2'],
  [0xfa, 'STATICCALL'],
  [0xfd, 'REVERT INVALID SELFDESTRUCT'],
]

const names: string[] = Array.from(
  { length: 256 },
  (_, opcode) => `opcode 0x${opcode.toString(16)} not defined`,
)
for (const [first, list] of named) for (const [i, name] of list.split(' ').entries()) names[first + i] = name
for (let n = 0; n <= 32; n++) names[0x5f + n] = `PUSH${n}`
for (let n = 1; n <= 16; n++) {
  names[0x7f + n] = `DUP${n}`
  names[0x8f + n] = `SWAP${n}`
}

/** An opcode's name in geth's words (0x44 keeps its old one, DIFFICULTY). */
export function opcodeName(opcode: number): string {
  return names[opcode]!
}

/** Opcodes that tracers name. */
export const op = {
  keccak256: 0x20,
  balance: 0x31,
  extCodeSize: 0x3b,
  extCodeCopy: 0x3c,
  extCodeHash: 0x3f,
  sload: 0x54,
  sstore: 0x55,
  gas: 0x5a,
  tload: 0x5c,
  tstore: 0x5d,
  create: 0xf0,
  call: 0xf1,
  callCode: 0xf2,
  return: 0xf3,
  delegateCall: 0xf4,
  create2: 0xf5,
  staticCall: 0xfa,
  revert: 0xfd,
  selfDestruct: 0xff,
} as const

/** CALL, CALLCODE, DELEGATECALL, STATICCALL. */
export const callOpcodes: ReadonlySet<number> = new Set([
  op.call,
  op.callCode,
  op.delegateCall,
  op.staticCall,
])

export const everyOpcode: ReadonlySet<number> = new Set(names.keys())

/** Opcodes that leave nothing on the stack. */
const silent: ReadonlySet<number> = new Set([
  ...[0x00, 0x37, 0x39, 0x3c, 0x3e, 0x50, 0x52, 0x53, 0x55, 0x56, 0x57, 0x5b, 0x5d, 0x5e],
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xf3, 0xfd, 0xfe, 0xff],
])

/** Words that an opcode leaves on top of the stack: all that a DUP or SWAP reaches, as Parity counts them. */
export function pushedWords(opcode: number): number {
  if (opcode >= 0x80 && opcode <= 0x8f) return opcode - 0x7e
  if (opcode >= 0x90 && opcode <= 0x9f) return opcode - 0x8e
  return silent.has(opcode) ? 0 : 1
}
