import { exit, frame, haltCode, importIndex } from './abi.js'
import type { Registers } from './chunk.js'
import type { Body } from './wasm/body.js'
import { op } from './wasm/instructions.js'

/** Emits the ways out of compiled code, back to the kernel's driver. */
export class Exits {
  constructor(
    private readonly body: Body,
    private readonly r: Registers,
  ) {}

  /** Ends the frame: it fails. */
  halt(reason: number): void {
    this.body.i32(reason).call(importIndex.haltFrame).emit(op.return)
  }

  /** The gas left is on the stack: below zero, the frame is out of gas. */
  failIfNegative(): void {
    this.body.i64(0n).emit(op.i64LtS).if()
    this.halt(haltCode.outOfGas)
    this.body.end()
  }

  /** Returns with the frame standing at `pc`; `pushTop` puts the address of the top stack word on the stack. */
  leave(how: number, pc: number, pushTop: () => void): void {
    this.storeIp(pc)
    this.storeRegisters(pushTop)
    this.body.i32(how).emit(op.return)
  }

  storeIp(pc: number): void {
    const { frame: at } = this.r
    this.body.get(at).get(at).access(op.i32Load, frame.codeStart).i32(pc).emit(op.i32Add)
    this.body.access(op.i32Store, frame.ip)
  }

  /** As {@link storeIp}, with the code offset in a local. */
  storeIpFrom(offset: number): void {
    const { frame: at } = this.r
    this.body.get(at).get(at).access(op.i32Load, frame.codeStart).get(offset).emit(op.i32Add)
    this.body.access(op.i32Store, frame.ip)
  }

  storeRegisters(pushTop: () => void): void {
    const { frame: at, gas } = this.r
    this.body.get(at)
    pushTop()
    this.body.access(op.i32Store, frame.sp)
    this.body.get(at).get(gas).access(op.i64Store, frame.gas)
  }

  /** Every so many jumps, back to the driver: the frame stands where `storeIp` says, at the jump's target. */
  burnFuel(storeIp: () => void): void {
    const { body, r } = this
    body.get(r.fuel).i32(1).emit(op.i32Sub).tee(r.fuel).emit(op.i32Eqz).if()
    storeIp()
    this.storeRegisters(() => body.get(r.sp))
    body.i32(exit.yield).emit(op.return).end()
  }
}
