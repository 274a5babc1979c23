/** What evm/tier.ts is in the proof build: the interpreter is the only tier for code, and precompiles can be frames too. */
import { interpret, WORK_PER_TURN } from '../evm/interpreter'
import { NATIVE } from '../evm/frame'
import { machine } from '../evm/machine'
import { Exit } from '../evm/outcome'
import { stepNative } from './native'

export function execute(): Exit {
  const operation = load<u32>(machine.frame, NATIVE)
  return operation == 0 ? interpret(WORK_PER_TURN) : stepNative(operation)
}
