/**
 * What evm/native.ts is in the proof build: the tensor operations and inference, as frames that are left after each operator. Only
 * memory and globals tell where such a frame stands; it is the innermost one, so there is one at a time.
 */
import { NATIVE_CALLS } from '../evm/environment'
import { CALLER, GAS, INPUT, INPUT_SIZE, VALUE } from '../evm/frame'
import { machine } from '../evm/machine'
import { Exit, Halt } from '../evm/outcome'
import { isZero } from '../math/u256'
import { callOutputBytes, placeCall, prepareCall, priceCall, runCall } from '../tensor/calls/calls'
import { copyOutputs, descriptors, headerOperators, headerOutput, programInput } from '../tensor/program/load'
import { run as runOperators } from '../tensor/plan'
import { ADDRESS } from '../world/account'
import { RETURN_DATA, TENSOR } from '../world/layout'
import { loadModel, priceInference, resolveModel } from './inference'

export const STEPWISE: bool = true

const INFER: u32 = 0x11

/** Turns of the innermost frame so far. */
let turn: u32 = 0

/** See evm/native.ts; the environment of a block names the registry if its chain has these precompiles. */
export function nativeOperation(account: usize): u32 {
  const last = load<u32>(account, ADDRESS + 16)
  if ((last & 0x00ffffff) != 0x000a0000 || last >> 28 != 1) return 0
  if ((load<u64>(account, ADDRESS) | load<u64>(account, ADDRESS + 8)) != 0) return 0
  const operation = last >> 24
  if (((load<u32>(NATIVE_CALLS) >> (operation & 15)) & 1) == 0) return 0
  turn = 0
  return operation
}

/** Not in this build: precompiles are frames. */
export function runNative(operation: u32, value: usize, input: usize, inputSize: usize, gas: i64): i64 {
  return -1
}

/** The next turn of the precompile that the current frame runs. */
export function stepNative(operation: u32): Exit {
  const frame = machine.frame
  if (turn == 0 && !isZero(frame + VALUE)) return fail()
  return operation == INFER ? stepInference(frame) : stepCall(frame, operation)
}

function fail(): Exit {
  machine.halt = Halt.PrecompileFailure
  return Exit.Halt
}

/** Takes the price out of the frame's gas. */
function charge(frame: usize, price: i64): bool {
  const gas = load<i64>(frame, GAS) - price
  store<i64>(frame, gas, GAS)
  return gas >= 0
}

function succeed(size: u32): Exit {
  machine.output = RETURN_DATA
  machine.outputSize = size
  return Exit.Return
}

/** A tensor operation: price and tensors in order, then the operation. */
function stepCall(frame: usize, operation: u32): Exit {
  const input: usize = load<u32>(frame, INPUT)
  const size: usize = load<u32>(frame, INPUT_SIZE)
  if (turn++ == 0) {
    if (!charge(frame, priceCall(operation, input, size)) || prepareCall(operation, input, size) == 0) return fail()
    placeCall(operation, input, TENSOR, RETURN_DATA)
    return Exit.Yield
  }
  return runCall(operation) ? succeed(callOutputBytes()) : fail()
}

/** An inference: the model's entry and price, the program, each operator, the output. */
function stepInference(frame: usize): Exit {
  const input: usize = load<u32>(frame, INPUT)
  const size: usize = load<u32>(frame, INPUT_SIZE)
  const now = turn++
  if (now == 0) {
    return resolveModel(input, size, frame + CALLER) && charge(frame, priceInference()) ? Exit.Yield : fail()
  }
  if (now == 1) {
    if (!loadModel(input)) return fail()
    memory.copy(programInput(), input + 32, size - 32)
    return Exit.Yield
  }
  const operator = now - 2
  if (operator < headerOperators) {
    runOperators(descriptors, operator, operator + 1)
    return Exit.Yield
  }
  copyOutputs(RETURN_DATA)
  return succeed(headerOutput)
}
