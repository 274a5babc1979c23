import { resolve } from 'node:path'
import {
  ConfigError,
  integerSetting,
  resolveConfig,
  type Settings,
  switchSetting,
  textSetting,
  unknownFlags,
  type Values,
} from '@metis-stack/chain-sdk'

const port = { min: 1, max: 65_535, placeholder: 'port' }

export const stateDirSetting = {
  stateDir: textSetting({
    flag: 'state-dir',
    env: 'METIS_STATE_DIR',
    description: 'Folder for everything that must survive.',
    placeholder: 'folder',
    default: '.metis',
  }),
}

export const jsonSetting = {
  json: switchSetting({
    flag: 'json',
    env: 'METIS_JSON',
    description: 'One JSON object a line, for machines.',
  }),
}

export const devSettings = {
  ...stateDirSetting,
  portBase: integerSetting({
    flag: 'port-base',
    env: 'METIS_PORT_BASE',
    description: 'L1 at this port, Andromeda at the next, Hyperion at the one after.',
    ...port,
    max: 65_533,
    default: undefined,
  }),
  l1Port: integerSetting({
    flag: 'l1-port',
    env: 'METIS_L1_PORT',
    description: 'Port of L1; 8545 unless moved.',
    ...port,
    default: undefined,
  }),
  andromedaPort: integerSetting({
    flag: 'andromeda-port',
    env: 'METIS_ANDROMEDA_PORT',
    description: 'Port of Andromeda; 9545 unless moved.',
    ...port,
    default: undefined,
  }),
  hyperionPort: integerSetting({
    flag: 'hyperion-port',
    env: 'METIS_HYPERION_PORT',
    description: 'Port of Hyperion; 9645 unless moved.',
    ...port,
    default: undefined,
  }),
  host: textSetting({
    flag: 'host',
    env: 'METIS_HOST',
    description: 'Address to listen on.',
    placeholder: 'address',
    default: '127.0.0.1',
  }),
  l1BlockTime: integerSetting({
    flag: 'l1-block-time',
    env: 'METIS_L1_BLOCK_TIME',
    description: 'Seconds between two L1 blocks.',
    placeholder: 'seconds',
    min: 1,
    max: 60,
    default: 2,
  }),
  keepStates: integerSetting({
    flag: 'keep-states',
    env: 'METIS_KEEP_STATES',
    description: 'Keep the states of so many newest blocks; of all blocks unless set.',
    placeholder: 'blocks',
    min: 128,
    max: 100_000_000,
    default: undefined,
  }),
  fresh: switchSetting({
    flag: 'fresh',
    env: 'METIS_FRESH',
    description: 'Forget the earlier run and start over.',
  }),
  once: switchSetting({
    flag: 'once',
    env: 'METIS_ONCE',
    description: 'Run the story, stop everything, and exit with 0 if its outcome on-chain is right.',
  }),
  story: switchSetting({
    flag: 'story',
    env: 'METIS_STORY',
    description: 'Run the digits story, which is the default for a new stack.',
    negativeDescription: 'Do not run the digits story.',
  }),
  ...jsonSetting,
}

/**
 * Settings from the command line and the environment, with the state folder as an absolute path.
 *
 * @throws {ConfigError} on unknown flags, stray arguments and values out of range
 */
export function readSettings<S extends Settings>(
  settings: S,
  context: { args: Record<string, unknown>; rawArgs: string[] },
): Values<S> {
  const [unknown] = unknownFlags(settings, context.rawArgs)
  if (unknown) throw new ConfigError(unknown, 'there is no such option; --help lists them')
  const [stray] = context.args._ as string[]
  if (stray) throw new ConfigError(stray, 'unexpected argument')
  const flags = Object.fromEntries(Object.values(settings).map(({ flag }) => [flag, context.args[flag]]))
  const values = resolveConfig(settings, flags) as Record<string, unknown>
  if (typeof values.stateDir === 'string') values.stateDir = resolve(values.stateDir)
  return values as Values<S>
}
