import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program of ours that answers each line of JSON with one. */
export type LineProcess = AsyncDisposable & { ask(message: unknown): Promise<unknown> }

/** Starts it; it ends when disposed, or when its input ends. */
export function startLineProcess(path: string): LineProcess {
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`)
      const { value, done } = await answers.next()
      if (done) throw new Error(`${path} ended`)
      const answer = JSON.parse(value) as { error?: string }
      if (answer.error !== undefined) throw new Error(`${path}: ${answer.error}`)
      return answer
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await gone
    },
  }
}
