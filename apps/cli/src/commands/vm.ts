import {
  ConfigError,
  commandArguments,
  integerSetting,
  switchSetting,
  textSetting,
} from '@metis-stack/chain-sdk'
import { explain, type Fork, forks } from '@metis-stack/metisvm'
import { defineCommand } from 'citty'
import { explanationJson, explanationText } from '../print/explanation.js'
import { failWith } from '../print/output.js'
import { jsonSetting, readSettings } from '../settings.js'
import { readSampleCall } from '../vm/sampleCall.js'
import { readTarget } from '../vm/target.js'

const settings = {
  rpc: textSetting({
    flag: 'rpc',
    env: 'METIS_RPC',
    description: 'JSON-RPC of the chain that the address is on.',
    placeholder: 'url',
    default: undefined,
  }),
  fork: textSetting({
    flag: 'fork',
    env: 'METIS_FORK',
    description: `Whose rules hold: ${forks.join(', ')}.`,
    placeholder: 'name',
    default: 'osaka',
  }),
  call: textSetting({
    flag: 'call',
    env: 'METIS_CALL',
    description: 'Call data of a sample run, which guides the compiler and is timed in each tier.',
    placeholder: 'hex',
    default: undefined,
  }),
  from: textSetting({
    flag: 'from',
    env: 'METIS_FROM',
    description: 'Who makes the sample call.',
    placeholder: 'address',
    default: undefined,
  }),
  value: textSetting({
    flag: 'value',
    env: 'METIS_VALUE',
    description: 'What the sample call brings along.',
    placeholder: 'wei',
    default: undefined,
  }),
  gas: integerSetting({
    flag: 'gas',
    env: 'METIS_GAS',
    description: 'Gas limit of the sample call.',
    placeholder: 'gas',
    min: 21_000,
    max: 10_000_000_000,
    default: 30_000_000,
  }),
  wat: switchSetting({
    flag: 'wat',
    env: 'METIS_WAT',
    description: 'Also the generated WebAssembly, as text.',
  }),
  ...jsonSetting,
}

/** `metis vm explain`: what the engine makes of a contract, and why. */
const explainCommand = defineCommand({
  meta: { name: 'explain', description: 'What becomes of a contract in each tier, and why.' },
  args: {
    target: {
      type: 'positional',
      required: false,
      description: 'An address (with --rpc), bytecode in hex, or a file with it.',
    },
    ...commandArguments(settings),
  },
  async run(context) {
    try {
      const [word, ...rest] = context.args._ as string[]
      const { rpc, fork, call, from, value, gas, wat, json } = readSettings(settings, {
        args: { ...context.args, _: rest },
        rawArgs: context.rawArgs,
      })
      if (!isFork(fork)) throw new ConfigError('--fork', `"${fork}" is none of ${forks.join(', ')}`)
      const target = await readTarget(word, rpc)
      const sample = call && (await readSampleCall({ data: call, from, value, gas }, target, fork, rpc))
      const explanation = explain(target.code, { fork, text: wat, ...(sample && { call: sample }) })
      process.stdout.write(`${json ? explanationJson(explanation) : explanationText(explanation)}\n`)
    } catch (error) {
      failWith(error, context.args.json === true)
    }
  },
})

const isFork = (name: string): name is Fork => (forks as readonly string[]).includes(name)

/** `metis vm …`: looking into the execution engine. */
export const vm = defineCommand({
  meta: { name: 'vm', description: 'Look into the execution engine.' },
  subCommands: { explain: explainCommand },
})
