export { StateError, type StateErrorCode, StateNotFoundError } from './errors.js'
export * from './interface.js'
export { type OpenStateOptions, openState } from './lmdb/open.js'
export { createMemoryState, type StateOptions } from './state.js'
