export * from './interface.js'
export { ecrecover, precompilesFor, verifyKzgProof } from './precompiles/index.js'
export { createInferPrecompile, inferAddress, inferGas } from './precompiles/infer.js'
