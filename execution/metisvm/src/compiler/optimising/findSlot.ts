import { frame, slotCache } from '../abi.js'
import { Body } from '../wasm/body.js'
import { op, type } from '../wasm/instructions.js'
import type { FunctionType } from '../wasm/module.js'

/** `(frame, key's limbs) → slot`: the record of a warm slot, or 0 when the kernel's cache does not have it. */
export const findSlotType: FunctionType = {
  parameters: [type.i32, type.i64, type.i64, type.i64, type.i64],
  results: [type.i32],
}

let body: Uint8Array | undefined

/** What the kernel's world/slotCache.ts does in `knownSlot`, without a call into another module and with the key in registers. */
export function findSlotFunction(): Uint8Array {
  body ??= generate()
  return body
}

function generate(): Uint8Array {
  const { cells, mask, transaction, slot: field, incarnation } = slotCache
  const out = new Body(findSlotType.parameters.length)
  const [frameAt, firstLimb] = [0, 1]
  const account = out.local(type.i32)
  const slot = out.local(type.i32)
  out.get(frameAt).access(op.i32Load, frame.account).tee(account)
  out.i32(4).emit(op.i32ShrU).get(firstLimb).emit(op.i32WrapI64, op.i32Xor)
  out.i32(mask).emit(op.i32And).i32(2).emit(op.i32Shl).access(op.i32Load, cells).set(slot)
  out.get(slot).i32(0)
  out.get(slot).access(op.i32Load, field.account).get(account).emit(op.i32Eq)
  out.get(slot).access(op.i32Load, field.incarnation)
  out.get(account).access(op.i32Load, incarnation).emit(op.i32Eq, op.i32And)
  out.get(slot).access(op.i32Load, field.warm)
  out.i32(transaction).access(op.i32Load, 0).emit(op.i32Eq, op.i32And)
  for (let i = 0; i < 4; i++) {
    out
      .get(slot)
      .access(op.i64Load, field.key + 8 * i)
      .get(firstLimb + i)
      .emit(op.i64Xor)
    if (i > 0) out.emit(op.i64Or)
  }
  out.emit(op.i64Eqz, op.i32And, op.select)
  return out.finish()
}
