/** Fast module `evm-trace`: the interpreter that tells a tracer what it does. */
export * from './evm'
export { resetTrace, stepRecord, wantedOpcodes } from '../trace/hooks'
