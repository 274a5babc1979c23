import type { StoryReport } from '../story/report.js'
import { forkModule } from './childProcess.js'
import { DevnetError } from './errors.js'
import type { StackInfo } from './stackInfo.js'

export type FromStory =
  | { type: 'line'; line: string }
  | { type: 'report'; report: StoryReport }
  | { type: 'failed'; message: string }

/**
 * Runs the story on a stack, in a process of its own: training a model keeps a processor busy for a while, and the
 * supervisor must hear a Ctrl-C and keep L1 on disk meanwhile.
 *
 * @throws {DevnetError} `story` when the chains do not bear it out, `stopped` when `signal` was aborted
 */
export function tellStory(
  stack: StackInfo,
  options: { log: (line: string) => void; signal?: AbortSignal },
): Promise<StoryReport> {
  return new Promise((resolve, reject) => {
    const child = forkModule('storyMain')
    const interrupt = (): void => {
      child.kill('SIGKILL')
      reject(new DevnetError('stopped', 'the story was interrupted'))
    }
    child.on('message', (message: FromStory) => {
      if (message.type === 'line') options.log(message.line)
      else if (message.type === 'report') resolve(message.report)
      else reject(new DevnetError('story', `the story failed: ${message.message}`))
    })
    child.once('error', (error) =>
      reject(new DevnetError('story', `the story did not start: ${error.message}`)),
    )
    child.once('exit', (code, signal) => {
      options.signal?.removeEventListener('abort', interrupt)
      reject(new DevnetError('story', `the story ended without a report (${signal ?? `code ${code}`})`))
    })
    if (options.signal?.aborted) return interrupt()
    options.signal?.addEventListener('abort', interrupt)
    child.send(stack)
  })
}
