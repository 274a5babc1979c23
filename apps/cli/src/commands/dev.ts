import { commandArguments } from '@metis-stack/chain-sdk'
import { type Devnet, type Ports, renderStory, startDevnet, tellStory } from '@metis-stack/node'
import { defineCommand } from 'citty'
import pc from 'picocolors'
import { watchLaunchers } from '../launchers.js'
import { createOutput, failWith, type Output } from '../print/output.js'
import { stackSummary } from '../print/summary.js'
import { devSettings, readSettings } from '../settings.js'

type DevValues = ReturnType<typeof readSettings<typeof devSettings>>

/** `metis dev`: the whole stack in one process tree. */
export const dev = defineCommand({
  meta: { name: 'dev', description: 'Start L1, Andromeda and Hyperion, run the digits story, stay up.' },
  args: commandArguments(devSettings),
  async run(context) {
    try {
      const values = readSettings(devSettings, context)
      process.exit(await runStack(values, createOutput(values.json)))
    } catch (error) {
      failWith(error, context.args.json === true)
    }
  },
})

/** Resolves with the exit code when everything has stopped. */
async function runStack(values: DevValues, output: Output): Promise<number> {
  const stop = stopRequest()
  const devnet = await startDevnet({
    stateDir: values.stateDir,
    host: values.host,
    ports: portsOf(values),
    fresh: values.fresh,
    l1BlockTimeSeconds: values.l1BlockTime,
    ...(values.keepStates !== undefined && { keepBlocks: values.keepStates }),
    signal: stop,
    onEvent: ({ level, source, message }) => {
      const write = level === 'warn' ? output.warn : output.line
      write('event', { level, source, message }, `${pc.dim(source.padEnd(10))} ${message}`)
    },
  }).catch((error: unknown) => {
    if (stop.aborted) return undefined
    throw error
  })
  if (!devnet) return 0
  try {
    return await serve(devnet, values, output, stop)
  } finally {
    await devnet.stop()
    output.line('stopped', {}, `${pc.dim('devnet'.padEnd(10))} stopped; state is in ${values.stateDir}`)
  }
}

async function serve(devnet: Devnet, values: DevValues, output: Output, stop: AbortSignal): Promise<number> {
  output.line('ready', { stack: devnet.info, resumed: devnet.resumed }, `\n${stackSummary(devnet.info)}\n`)
  if (values.story || values.once)
    try {
      await tell(devnet, output, stop)
    } catch (error) {
      if (values.once) throw error
      const { message } = error as Error
      if (!stop.aborted) output.warn('storyFailed', { message }, `${pc.dim('story'.padEnd(10))} ${message}`)
    }
  if (!values.once && !stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
  return 0
}

async function tell(devnet: Devnet, output: Output, signal: AbortSignal): Promise<void> {
  const report = await tellStory(devnet.info, {
    signal,
    log: (message) => output.line('story', { message }, `${pc.dim('story'.padEnd(10))} ${message}`),
  })
  output.line(
    'report',
    { report },
    `${renderStory(report)}\nEverything above was read back from the chains and holds.\n`,
  )
}

function portsOf(values: DevValues): Partial<Ports> {
  const { portBase, l1Port, andromedaPort, hyperionPort } = values
  const based =
    portBase === undefined ? {} : { l1: portBase, andromeda: portBase + 1, hyperion: portBase + 2 }
  const named = { l1: l1Port, andromeda: andromedaPort, hyperion: hyperionPort }
  return { ...based, ...Object.fromEntries(Object.entries(named).filter(([, port]) => port !== undefined)) }
}

/** One Ctrl-C may arrive twice: from the terminal, and from whoever launched us. */
const repeatedMs = 500

/**
 * Aborted by Ctrl-C, SIGTERM, or the end of the npm that launched us. A second Ctrl-C ends at once; SIGTERM never does, since
 * those who send it to all processes of a group make our launcher send one more.
 */
function stopRequest(): AbortSignal {
  const controller = new AbortController()
  let requested = Number.POSITIVE_INFINITY
  process.on('SIGINT', () => {
    if (performance.now() - requested > repeatedMs) process.exit(130)
    requested = Math.min(requested, performance.now())
    controller.abort()
  })
  process.on('SIGTERM', () => controller.abort())
  watchLaunchers(() => controller.abort())
  return controller.signal
}
