import { emitNarrowMultiply, highProduct } from './arithmetic.js'
import { type Emitter, wordBytes } from './emitter.js'
import type { Operands } from './operands.js'
import type { Local } from './wasm/body.js'
import { op } from './wasm/instructions.js'
import { constantOf, constantWord, isNarrow, type Limb, type Word } from './word.js'

/** MUL: most factors fit 64 bits; when they do not, `slow` has the kernel multiply. */
export function emitMultiply(e: Emitter, stack: Operands, slow: () => void): void {
  const [a, b] = [stack.peek(0), stack.peek(1)]
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) replaceTwo(stack, constantWord(x * y))
  else if (isNarrow(a) && isNarrow(b)) replaceTwo(stack, emitNarrowMultiply(e, a, b)!)
  else
    narrowElse(e, stack, slow, () => {
      const low = e.binary(op.i64Mul, a[0], b[0], (p, q) => p * q)
      return [low, highProduct(e, a[0], b[0])]
    })
}

/** DIV and MOD of words that fit 64 bits, decided when it runs. */
export function emitDivide(e: Emitter, stack: Operands, instruction: number, slow: () => void): void {
  const [a, b] = [stack.peek(0), stack.peek(1)]
  narrowElse(e, stack, slow, () => {
    if (b[0] === 0n) return [0n]
    // Division by zero gives zero; WebAssembly would trap.
    e.push(a[0])
    e.push(b[0])
    e.push(b[0])
    e.body.emit(op.i64Eqz, op.i64ExtendI32U, op.i64Or, instruction)
    e.push(b[0])
    e.body.emit(op.i64Eqz, op.i64ExtendI32U).i64(1n).emit(op.i64Sub, op.i64And)
    return [e.pop()]
  })
}

/** When the two top words fit 64 bits, `narrow` gives the lowest limbs of the result; otherwise `slow` leaves it in memory. */
function narrowElse(e: Emitter, stack: Operands, slow: () => void, narrow: () => Limb[]): void {
  const { body } = e
  const [a, b] = [stack.peek(0), stack.peek(1)]
  const always = isNarrow(a) && isNarrow(b)
  const result = [e.fresh(), e.fresh(), e.fresh(), e.fresh()] as const
  if (!always) {
    // Both ways leave the operands' places in memory as the slow one needs them.
    stack.flush(2)
    e.pushOr([...a.slice(1), ...b.slice(1)])
    body.emit(op.i64Eqz).if()
  }
  const limbs = narrow()
  result.forEach((local, i) => {
    e.push(limbs[i] ?? 0n)
    body.set(local)
  })
  for (const limb of limbs) e.release(limb)
  if (!always) {
    body.else()
    slow()
    const at = stack.topOffset - wordBytes
    result.forEach((local, i) => {
      const offset = at + 8 * i
      body.get(stack.low).access(op.i64Load, offset).set(local)
    })
    body.end()
  }
  replaceTwo(stack, always ? known(e, result, limbs.length) : result)
}

/** The result when all but its lowest limbs are known to be zero. */
function known(e: Emitter, result: readonly Local[], limbs: number): Word {
  for (const local of result.slice(limbs)) e.release(local)
  return [result[0]!, limbs > 1 ? result[1]! : 0n, 0n, 0n]
}

function replaceTwo(stack: Operands, result: Word): void {
  stack.drop()
  stack.drop()
  stack.push(result)
}
