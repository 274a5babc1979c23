import { join } from 'node:path'
import {
  ConfigError,
  commandArguments,
  integerSetting,
  switchSetting,
  textSetting,
} from '@metis-stack/chain-sdk'
import { bytesToHex } from '@metis-stack/kernel'
import { defineCommand } from 'citty'
import { NodeClient } from '../db/node.js'
import { backup, exportTo, importFrom, prune, repair, stat, type Target, verify } from '../db/operations.js'
import { databaseLines } from '../print/database.js'
import { failWith } from '../print/output.js'
import { createProgressBar } from '../print/progressBar.js'
import { jsonSetting, readSettings, stateDirSetting } from '../settings.js'

const chains = { andromeda: 1_088_001n, hyperion: 1_337_170n } as const
type ChainName = keyof typeof chains

const common = {
  chain: textSetting({
    flag: 'chain',
    env: 'METIS_CHAIN',
    description: 'Whose state: andromeda or hyperion.',
    placeholder: 'name',
    default: 'andromeda',
  }),
  ...stateDirSetting,
  ...jsonSetting,
}
const blocks = { min: 1, max: 1_000_000_000, placeholder: 'blocks', default: undefined } as const
const settings = {
  to: textSetting({
    flag: 'to',
    env: 'METIS_DB_TO',
    description: 'What to make.',
    placeholder: 'path',
    default: undefined,
  }),
  from: textSetting({
    flag: 'from',
    env: 'METIS_DB_FROM',
    description: 'The snapshot.',
    placeholder: 'file',
    default: undefined,
  }),
  block: integerSetting({
    ...blocks,
    flag: 'block',
    env: 'METIS_DB_BLOCK',
    description: 'Whose state, of a running node; the newest unless set.',
    placeholder: 'number',
    min: 0,
  }),
  keep: integerSetting({
    ...blocks,
    flag: 'keep',
    env: 'METIS_DB_KEEP',
    description: 'Newest states to keep as tries, until the node starts again.',
  }),
  history: integerSetting({
    ...blocks,
    flag: 'history',
    env: 'METIS_DB_HISTORY',
    description: 'Archived states to keep before these.',
  }),
  acceptLoss: switchSetting({
    flag: 'accept-loss',
    env: 'METIS_DB_ACCEPT_LOSS',
    description: 'Drop to an older state, and forget archived ones, where nothing else is whole.',
  }),
  setAside: switchSetting({
    flag: 'set-aside',
    env: 'METIS_DB_SET_ASIDE',
    description: 'Rename a state that is beyond repair; the node then executes its blocks again.',
  }),
}
const own = {
  stat: {},
  verify: {},
  prune: { keep: settings.keep, history: settings.history },
  backup: { to: settings.to },
  export: { to: settings.to, block: settings.block },
  import: { from: settings.from },
  repair: { acceptLoss: settings.acceptLoss, setAside: settings.setAside },
}

type Values = Partial<Record<'to' | 'from', string>> & { block?: number; keep?: number; history?: number } & {
  acceptLoss?: boolean
  setAside?: boolean
}

/** `metis db …`: the state of a chain, of a running node through its RPC, else in its folder. */
export const db = defineCommand({
  meta: { name: 'db', description: 'Look after the state of a chain.' },
  subCommands: {
    stat: command('stat', 'Tell what is in the state and what it takes.', (target) => stat(target)),
    verify: command(
      'verify',
      'Compute every hash of the newest state again and read all of the history.',
      (target) => verify(target),
    ),
    prune: command('prune', 'Let old states go.', (target, { keep, history }) => {
      if (keep === undefined && history === undefined)
        throw new ConfigError('--keep', 'say what to keep: --keep or --history')
      return prune(target, {
        ...(keep !== undefined && { keepBlocks: keep }),
        ...(history !== undefined && { keepHistory: history }),
      })
    }),
    backup: command('backup', 'Copy blocks and state to a folder that a node can run on.', (target, { to }) =>
      backup(target, required('--to', to)),
    ),
    export: command('export', 'Write one state to a snapshot file.', (target, { to, block }) =>
      exportTo(target, required('--to', to), block),
    ),
    import: command(
      'import',
      'Make the state of a snapshot, and check its root.',
      (target, { from }, chain) => importFrom(target, required('--from', from), chains[chain]),
    ),
    repair: command(
      'repair',
      'Make a damaged state good as far as that goes.',
      (target, { acceptLoss, setAside }) =>
        repair(target, { acceptLoss: acceptLoss === true, setAside: setAside === true }),
    ),
  },
})

function command(
  name: keyof typeof own,
  description: string,
  run: (target: Target, values: Values, chain: ChainName) => Promise<Record<string, unknown>>,
) {
  const declared = { ...common, ...own[name] }
  return defineCommand({
    meta: { name, description },
    args: commandArguments(declared),
    async run(context) {
      const bar = createProgressBar(name)
      try {
        const values = readSettings(declared, context)
        const chain = chainNamed(values.chain)
        const node = await NodeClient.find(values.stateDir, chain)
        const onProgress = values.json ? () => {} : (done: number, text: string) => bar.show(done, text)
        const result = await run(
          { dataDir: join(values.stateDir, chain), node, onProgress },
          values as Values,
          chain,
        )
        bar.end()
        const plain = plainOf(result) as Record<string, unknown>
        process.stdout.write(`${values.json ? JSON.stringify(plain) : databaseLines(plain)}\n`)
      } catch (error) {
        bar.end()
        failWith(error, context.args.json === true)
      }
    },
  })
}

function chainNamed(name: string): ChainName {
  if (name in chains) return name as ChainName
  throw new ConfigError('--chain', `${name} is none of ${Object.keys(chains).join(', ')}`)
}

function required(flag: string, value: string | undefined): string {
  if (value === undefined) throw new ConfigError(flag, 'is needed here')
  return value
}

/** Bytes as hex, big numbers in decimal. */
function plainOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(plainOf)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainOf(field)]))
}
