import { InferenceError } from '../errors.js'
import { analyse } from './analyse.js'
import { ByteReader } from './bytes.js'
import {
  defaultLimits,
  formatVersion,
  headerBytes,
  type Operator,
  type Output,
  operatorCodes,
  operatorSet,
  type Program,
  type ProgramLimits,
  type TensorType,
  typeCodes,
  type Window,
} from './program.js'

/** What the first 32 bytes of a program say. True only if {@link decodeProgram} accepts the program. */
export type ProgramHeader = {
  operators: number
  products: number
  elements: number
  inputBytes: number
  outputBytes: number
}

/**
 * Reads the header alone, to price a run before the program is loaded.
 *
 * @throws {InferenceError} `malformedProgram`
 */
export function decodeHeader(bytes: Uint8Array): ProgramHeader {
  return readHeader(new ByteReader(bytes.subarray(0, headerBytes)))
}

/**
 * Strict decoding of untrusted bytes: everything is checked that execution relies on, and memory use is bounded by the
 * length of the bytes (running needs up to `limits.memoryBytes`).
 *
 * @throws {InferenceError} `malformedProgram`, `invalidProgram`, `programTooLarge`
 */
export function decodeProgram(bytes: Uint8Array, limits: ProgramLimits = defaultLimits): Program {
  if (bytes.length > limits.bytes) {
    throw new InferenceError('programTooLarge', `Program exceeds the limit of ${limits.bytes} bytes.`)
  }
  const reader = new ByteReader(bytes)
  const header = readHeader(reader)
  if (header.operators > limits.operators) {
    throw new InferenceError('programTooLarge', `Program exceeds the limit of ${limits.operators} operators.`)
  }
  const input = { type: readType(reader), zeroPoint: reader.i16(), shape: readShape(reader) }
  const operators = Array.from({ length: header.operators }, () => readOperator(reader))
  const outputs = Array.from({ length: reader.u8() }, () => reader.u16())
  if (!reader.done) throw reader.malformed('bytes after the program')
  const program = analyse({ input, operators, outputs }, limits)
  const { cost, inputBytes, outputBytes } = program
  const agrees =
    header.products === cost.products &&
    header.elements === cost.elements &&
    header.inputBytes === inputBytes &&
    header.outputBytes === outputBytes
  if (!agrees)
    throw new InferenceError('malformedProgram', 'Malformed program: the header states another cost.')
  return program
}

function readHeader(reader: ByteReader): ProgramHeader {
  for (const character of 'MTSP') {
    if (reader.u8() !== character.charCodeAt(0)) throw reader.malformed('not a tensor program')
  }
  const format = reader.u8()
  if (format !== formatVersion) throw reader.malformed(`unknown format version ${format}`)
  const set = reader.u8()
  if (set !== operatorSet) throw reader.malformed(`unknown operator set ${set}`)
  return {
    operators: reader.u16(),
    products: reader.u64(),
    elements: reader.u64(),
    inputBytes: reader.u32(),
    outputBytes: reader.u32(),
  }
}

const kinds = new Map<number, Operator['kind']>(
  Object.entries(operatorCodes).map(([kind, code]) => [code, kind as Operator['kind']]),
)
const types = new Map<number, TensorType>(
  Object.entries(typeCodes).map(([type, code]) => [code, type as TensorType]),
)

function readOperator(reader: ByteReader): Operator {
  const code = reader.u8()
  const kind = kinds.get(code)
  switch (kind) {
    case 'dense': {
      const [input, columns, depth] = [reader.u16(), reader.u32(), reader.u32()]
      const weights = reader.i8Array(columns * depth)
      const bias = reader.i32Array(columns)
      return { kind, input, columns, weights, bias, output: readOutput(reader, columns) }
    }
    case 'conv2d': {
      const input = reader.u16()
      const window = readWindow(reader)
      const [channels, inChannels] = [reader.u32(), reader.u32()]
      const weights = reader.i8Array(channels * window.kernel[0] * window.kernel[1] * inChannels)
      const bias = reader.i32Array(channels)
      return { kind, input, window, channels, weights, bias, output: readOutput(reader, channels) }
    }
    case 'depthwiseConv2d': {
      const input = reader.u16()
      const window = readWindow(reader)
      const channels = reader.u32()
      const weights = reader.i8Array(window.kernel[0] * window.kernel[1] * channels)
      const bias = reader.i32Array(channels)
      return { kind, input, window, weights, bias, output: readOutput(reader, channels) }
    }
    case 'maxPool':
    case 'averagePool':
      return { kind, input: reader.u16(), window: readWindow(reader) }
    case 'lookup': {
      const input = reader.u16()
      return { kind, input, type: readSmallType(reader), zeroPoint: reader.i16(), table: reader.bytes(256) }
    }
    case 'softmax':
      return { kind, input: reader.u16(), shift: reader.u8(), multiplier: reader.i32() }
    case 'add':
      return { kind, inputs: [reader.u16(), reader.u16()], output: readScaled(reader, () => 2) }
    case 'argmax':
      return { kind, input: reader.u16() }
    case 'reshape':
      return { kind, input: reader.u16(), shape: readShape(reader) }
    case 'rescale':
      return { kind, input: reader.u16(), output: readScaled(reader, () => 1) }
    case undefined:
      throw reader.malformed(`unknown operator ${code}`)
  }
}

function readOutput(reader: ByteReader, channels: number): Output {
  return readScaled(reader, () => {
    const perChannel = reader.u8()
    if (perChannel > 1 || (perChannel === 1 && channels === 1)) throw reader.malformed('bad per-channel flag')
    return perChannel === 1 ? channels : 1
  })
}

function readScaled(reader: ByteReader, multiplierCount: () => number): Output {
  const type = readType(reader)
  if (type === 'i32') return { type }
  const [zeroPoint, lowest, highest] = [reader.i16(), reader.i16(), reader.i16()]
  const shift = reader.u8()
  return { type, zeroPoint, lowest, highest, shift, multipliers: reader.i32Array(multiplierCount()) }
}

function readType(reader: ByteReader): TensorType {
  const code = reader.u8()
  const type = types.get(code)
  if (type === undefined) throw reader.malformed(`unknown type ${code}`)
  return type
}

function readSmallType(reader: ByteReader): 'i8' | 'u8' {
  const type = readType(reader)
  if (type === 'i32') throw reader.malformed('a table cannot give i32')
  return type
}

function readWindow(reader: ByteReader): Window {
  const [a, b, c, d, e, f, g, h] = reader.bytes(8) as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return { kernel: [a, b], stride: [c, d], padding: [e, f, g, h] }
}

function readShape(reader: ByteReader): number[] {
  return Array.from({ length: reader.u8() }, () => reader.u32())
}
