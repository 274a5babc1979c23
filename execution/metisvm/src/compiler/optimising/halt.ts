import { haltCode, importIndex } from '../abi.js'
import { op } from '../wasm/instructions.js'
import type { LowerContext } from './lowerContext.js'

export function halt({ out: { body } }: Pick<LowerContext, 'out'>, reason: number): void {
  body.i32(reason).call(importIndex.haltFrame).emit(op.return)
}

/** The gas left is on the stack: below zero, the frame is out of gas. */
export function failIfNegative(c: Pick<LowerContext, 'out'>): void {
  c.out.body.i64(0n).emit(op.i64LtS).if()
  halt(c, haltCode.outOfGas)
  c.out.body.end()
}
