/**
 * Precompiles that the kernel carries out by itself, without asking the host. Here these are the tensor operations; the proof
 * build (proof/native.ts) has inference beside them.
 */
import { isZero } from '../math/u256'
import { callOutputBytes, placeCall, prepareCall, priceCall, runCall } from '../tensor/calls/calls'
import { ADDRESS } from '../world/account'
import { RETURN_DATA, TENSOR } from '../world/layout'
import { NATIVE_CALLS } from './environment'
import { machine } from './machine'

/** Whether a precompile is a frame of its own, which takes as many turns as it has operators, and each turn ends the run. */
export const STEPWISE: bool = false

/** The operation of a precompile's account, the last byte of 0x…0a10 … 0x…0a1f; 0 when the host has to answer. */
export function nativeOperation(account: usize): u32 {
  const last = load<u32>(account, ADDRESS + 16)
  if ((last & 0x00ffffff) != 0x000a0000 || last >> 28 != 1) return 0
  if ((load<u64>(account, ADDRESS) | load<u64>(account, ADDRESS + 8)) != 0) return 0
  const operation = last >> 24
  return (load<u32>(NATIVE_CALLS) >> (operation & 15)) & 1 ? operation : 0
}

/** Runs it into the return data; returns the gas left, -1 when it failed. */
export function runNative(operation: u32, value: usize, input: usize, inputSize: usize, gas: i64): i64 {
  machine.returnSize = 0
  gas -= priceCall(operation, input, inputSize)
  if (gas < 0 || !isZero(value) || prepareCall(operation, input, inputSize) == 0) return -1
  const size = callOutputBytes()
  placeCall(operation, input, TENSOR, RETURN_DATA)
  if (!runCall(operation)) return -1
  machine.returnSize = size
  return gas
}
