export { InferenceError, type InferenceErrorCode } from './errors.js'
export { decodeHeader, decodeProgram, type ProgramHeader } from './format/decode.js'
export { encodeProgram, programHash } from './format/encode.js'
export {
  type Cost,
  defaultLimits,
  headerBytes,
  type Operator,
  type Output,
  type Program,
  type ProgramLimits,
  type ProgramSource,
  type TensorSpec,
  type TensorType,
  type Window,
} from './format/program.js'
export { executeReference } from './reference/execute.js'
export { createRuntime, type Model, type RunOptions, type Runtime } from './runtime/runtime.js'
