import { keccak256 } from '@metis-stack/kernel'
import { analyse } from './analyse.js'
import { ByteWriter } from './bytes.js'
import {
  defaultLimits,
  formatVersion,
  type Operator,
  type Output,
  operatorCodes,
  operatorSet,
  type ProgramLimits,
  type ProgramSource,
  typeCodes,
  type Window,
} from './program.js'

/**
 * The bytes of a program, as {@link decodeProgram} reads them.
 *
 * @throws {InferenceError} `invalidProgram`, `programTooLarge`
 */
export function encodeProgram(source: ProgramSource, limits: ProgramLimits = defaultLimits): Uint8Array {
  const program = analyse(source, limits)
  const writer = new ByteWriter()
  for (const character of 'MTSP') writer.u8(character.charCodeAt(0))
  writer.u8(formatVersion)
  writer.u8(operatorSet)
  writer.u16(program.operators.length)
  writer.u64(program.cost.products)
  writer.u64(program.cost.elements)
  writer.u32(program.inputBytes)
  writer.u32(program.outputBytes)
  writer.u8(typeCodes[program.input.type])
  writer.i16(program.input.zeroPoint)
  writeShape(writer, program.input.shape)
  for (const operator of program.operators) writeOperator(writer, operator)
  writer.u8(program.outputs.length)
  for (const id of program.outputs) writer.u16(id)
  return writer.finish()
}

/** The model's hash: keccak-256 of the program's bytes. */
export function programHash(bytes: Uint8Array): Uint8Array {
  return keccak256(bytes)
}

function writeOperator(writer: ByteWriter, operator: Operator): void {
  writer.u8(operatorCodes[operator.kind])
  switch (operator.kind) {
    case 'dense':
      writer.u16(operator.input)
      writer.u32(operator.columns)
      writer.u32(operator.weights.length / operator.columns)
      writer.bytes(operator.weights)
      writer.i32Array(operator.bias)
      writeOutput(writer, operator.output, true)
      return
    case 'conv2d':
      writer.u16(operator.input)
      writeWindow(writer, operator.window)
      writer.u32(operator.channels)
      writer.u32(
        operator.weights.length / (operator.channels * operator.window.kernel[0] * operator.window.kernel[1]),
      )
      writer.bytes(operator.weights)
      writer.i32Array(operator.bias)
      writeOutput(writer, operator.output, true)
      return
    case 'depthwiseConv2d':
      writer.u16(operator.input)
      writeWindow(writer, operator.window)
      writer.u32(operator.bias.length)
      writer.bytes(operator.weights)
      writer.i32Array(operator.bias)
      writeOutput(writer, operator.output, true)
      return
    case 'maxPool':
    case 'averagePool':
      writer.u16(operator.input)
      writeWindow(writer, operator.window)
      return
    case 'lookup':
      writer.u16(operator.input)
      writer.u8(typeCodes[operator.type])
      writer.i16(operator.zeroPoint)
      writer.bytes(operator.table)
      return
    case 'softmax':
      writer.u16(operator.input)
      writer.u8(operator.shift)
      writer.i32(operator.multiplier)
      return
    case 'add':
      for (const id of operator.inputs) writer.u16(id)
      writeOutput(writer, operator.output, false)
      return
    case 'argmax':
      writer.u16(operator.input)
      return
    case 'reshape':
      writer.u16(operator.input)
      writeShape(writer, operator.shape)
      return
    case 'rescale':
      writer.u16(operator.input)
      writeOutput(writer, operator.output, false)
      return
  }
}

/** `channels`: whether the operator has channels, and so a choice of one multiplier or one for each. */
function writeOutput(writer: ByteWriter, output: Output, channels: boolean): void {
  writer.u8(typeCodes[output.type])
  if (output.type === 'i32') return
  writer.i16(output.zeroPoint)
  writer.i16(output.lowest)
  writer.i16(output.highest)
  writer.u8(output.shift)
  if (channels) writer.u8(output.multipliers.length > 1 ? 1 : 0)
  writer.i32Array(output.multipliers)
}

function writeWindow(writer: ByteWriter, { kernel, stride, padding }: Window): void {
  for (const value of [...kernel, ...stride, ...padding]) writer.u8(value)
}

function writeShape(writer: ByteWriter, shape: readonly number[]): void {
  writer.u8(shape.length)
  for (const dimension of shape) writer.u32(dimension)
}
