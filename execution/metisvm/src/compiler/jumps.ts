import { exit, haltCode, noBlock } from './abi.js'
import { type Block, jumpdest } from './blocks.js'
import type { ChunkContext } from './chunk.js'
import type { Exits } from './exits.js'
import { op } from './wasm/instructions.js'
import { constantOf, type Word } from './word.js'

/** Jumps from a block to `target`; `depth` counts the constructs opened inside the block's code. */
export function emitJump(c: ChunkContext, exits: Exits, from: Block, target: Word, depth: number): void {
  const known = constantOf(target)
  if (known !== undefined) emitKnownJump(c, exits, from, known, depth)
  else emitComputedJump(c, exits, target, depth)
}

function emitComputedJump(c: ChunkContext, exits: Exits, target: Word, depth: number): void {
  const { e, body, r, code } = c
  // Anything that is no offset into the code is beyond its end.
  e.push(target[0])
  body.i64(BigInt(code.length)).emit(op.i64LtU)
  if (e.pushOr(target.slice(1))) body.emit(op.i64Eqz, op.i32And)
  body.emit(op.i32Eqz).if()
  exits.halt(haltCode.invalidJump)
  body.end()
  e.push(target[0])
  body.emit(op.i32WrapI64).tee(e.address).get(e.address).emit(op.i32Add).get(r.table).emit(op.i32Add)
  body.access(op.i32Load16U, 0).i32(1).emit(op.i32Sub).tee(r.block).i32(0x7fff).emit(op.i32GeU).if()
  exits.halt(haltCode.invalidJump)
  body.end()
  if (c.hasRows) {
    body
      .get(r.block)
      .i32(noBlock - 1)
      .emit(op.i32Eq)
      .if()
    exits.storeIpFrom(e.address)
    exits.storeRegisters(() => body.get(r.sp))
    body.i32(exit.interpret).emit(op.return).end()
  }
  exits.burnFuel(() => exits.storeIpFrom(e.address))
  c.dispatch(depth)
}

function emitKnownJump(c: ChunkContext, exits: Exits, from: Block, target: bigint, depth: number): void {
  if (target < BigInt(c.code.length) && c.table[Number(target)] === noBlock) {
    exits.leave(exit.interpret, Number(target), () => c.body.get(c.r.sp))
    return
  }
  const block = target < BigInt(c.code.length) ? c.blockAt.get(Number(target)) : undefined
  if (block === undefined || c.code[block.start] !== jumpdest) {
    exits.halt(haltCode.invalidJump)
    return
  }
  if (depth === 0 && c.isNext(block)) return
  c.body.i32(block.index).set(c.r.block)
  if (block.index <= from.index) exits.burnFuel(() => exits.storeIp(block.start))
  c.dispatch(depth)
}
