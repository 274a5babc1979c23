export { VerifyError, type VerifyErrorCode } from './errors.js'
export { type GetProgramParameters, getProgram } from './getProgram.js'
export {
  checkInference,
  type InferenceClaim,
  type InferenceFault,
  type InferenceVerdict,
  type VerifyInferenceParameters,
  verifyInference,
} from './verifyInference.js'
