/** What the trace build of the kernel leaves in memory for the host: the other side of assembly/trace/hooks.ts. */

/** u32 but for gas, refund and gasAfter (i64). `ended` is 1 when the opcode paid its whole price. */
export const step = {
  pc: 0,
  opcode: 4,
  gas: 8,
  sp: 16,
  stackBase: 20,
  memory: 24,
  memorySize: 28,
  returnSize: 32,
  address: 36,
  refund: 40,
  gasAfter: 48,
  ended: 56,
} as const

/** u32 but for gas (i64). */
export const message = { opcode: 0, from: 4, to: 8, value: 12, input: 16, inputSize: 20, gas: 24 } as const

/** Where return data stands: see assembly/world/layout.ts. */
export const returnData = (4 + 34 + 64 + 32) * 1024 * 1024

/** The driver's exits, as in assembly/evm/outcome.ts. */
export const exits = ['success', 'revert', 'halt'] as const
