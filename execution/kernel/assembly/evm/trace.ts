/**
 * What a tracer is told. Here nothing: every call of these stands behind `TRACE`, so the compiler leaves it out. The trace
 * build (build.mjs) has trace/hooks.ts in this file's place.
 */
import { Exit, Halt } from './outcome'

export const TRACE: bool = false

/** Before an opcode, also one that may not run. `gas` is what the frame has left. */
export function traceStep(ip: usize, opcode: u32, gas: i64, sp: usize): void {}

/** The frame's gas after the price of the present opcode, a callee's share included. */
export function traceCharged(gas: i64): void {}

/** A call or creation begins, be it to fail at once. `to` is 0 when the address is not known. */
export function traceEnter(
  opcode: u32,
  from: usize,
  to: usize,
  value: usize,
  input: usize,
  inputSize: usize,
  gas: i64,
): void {}

/** What the last call or creation that began came to. */
export function traceExit(exit: Exit, reason: Halt, gasLeft: i64, output: usize, outputSize: usize): void {}

export function traceLog(record: usize): void {}

/** Before the balance moves. */
export function traceSelfDestruct(account: usize, beneficiary: usize, balance: usize): void {}
