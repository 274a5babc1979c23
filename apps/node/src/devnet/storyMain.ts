// Process in which the story is told, started by `tellStory`.
import { runStory } from '../story/runStory.js'
import type { StackInfo } from './stackInfo.js'
import type { FromStory } from './tellStory.js'

// Ctrl-C goes to every process of the terminal; the parent decides when we end.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(1))
process.once('message', async (stack: StackInfo) => {
  if (!process.connected) process.exit(1)
  const tell = (message: FromStory): Promise<void> =>
    new Promise((done) => process.send!(message, () => done()))
  try {
    const report = await runStory(stack, { log: (line) => void tell({ type: 'line', line }) })
    await tell({ type: 'report', report })
    process.exit(0)
  } catch (error) {
    const { shortMessage, message } = error as { shortMessage?: string; message: string }
    await tell({ type: 'failed', message: shortMessage ?? message })
    process.exit(1)
  }
})
