import type { BlockEnv, ChainRules, Evm, Session, StateReader } from '../interface.js'
import { KernelSession } from '../session.js'
import type { TraceBudget } from './budget.js'
import { TracedKernel } from './kernel.js'
import { TracedSession, type Watch } from './session.js'
import type { Tracer } from './tracer.js'

/** An engine whose transactions can be watched. Results are those of the other engine: same gas, logs and state. */
export interface TracingEvm extends Evm {
  /** Tells `tracer` of the transactions that `run` executes, in whatever session of this engine. */
  trace<T>(tracer: Tracer, run: () => T): T
}

/** A kernel that grew beyond this is not kept. */
const maxIdleMemory = 640 * 1024 * 1024

/**
 * An engine for tracing: the kernel's interpreter, built with a host call before each opcode that a tracer wants to see.
 *
 * @param budget of all that the engine executes; unlimited when absent. What exceeds it throws {@link TraceLimitError} out
 * of `transact`, and the session is void.
 */
export function createTracingEvm(budget?: TraceBudget): TracingEvm {
  let tracer: Tracer | undefined
  const watch = (): Watch => ({ tracer, budget })
  return {
    begin(rules: ChainRules, env: BlockEnv, reader: StateReader): Session {
      const kernel = idle.pop() ?? new TracedKernel()
      const session = new KernelSession(kernel, release, rules, env, reader)
      return new TracedSession(session, kernel, rules, env, watch)
    },
    trace(next, run) {
      const before = tracer
      tracer = next
      try {
        return run()
      } finally {
        tracer = before
      }
    },
  }
}

/** One is kept: traces are rare, and one at a time is the rule. */
const idle: TracedKernel[] = []

function release(kernel: unknown, reusable: boolean): void {
  if (kernel instanceof TracedKernel && reusable && idle.length === 0 && kernel.memorySize <= maxIdleMemory)
    idle.push(kernel)
}
