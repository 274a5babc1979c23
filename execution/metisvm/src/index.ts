export * from './interface.js'
export { ecrecover, precompilesFor, verifyKzgProof } from './precompiles/index.js'
