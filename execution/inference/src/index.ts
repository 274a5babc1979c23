export { InferenceError, type InferenceErrorCode } from './errors.js'
export { decodeHeader, decodeProgram, type ProgramHeader } from './format/decode.js'
export { encodeProgram, programHash } from './format/encode.js'
export {
  type Cost,
  chainLimits,
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
export { type Quantised, type QuantiseOptions, quantise } from './quantise/quantise.js'
export { executeReference } from './reference/execute.js'
export { createRuntime, type Model, type RunOptions, type Runtime } from './runtime/runtime.js'
export type { FloatLayer, FloatNetwork } from './train/network.js'
export { digitsCnn, digitsMlp } from './train/presets.js'
export { createRandom, type Random } from './train/random.js'
export {
  accuracy,
  createClassifier,
  type Dataset,
  type LayerPlan,
  type TrainOptions,
  trainClassifier,
} from './train/train.js'
