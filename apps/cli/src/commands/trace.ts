import { commandArguments, textSetting } from '@metis-stack/chain-sdk'
import { defineCommand } from 'citty'
import { failWith } from '../print/output.js'
import { transactionTraceText } from '../print/transactionTrace.js'
import { jsonSetting, readSettings } from '../settings.js'
import { Artifacts } from '../trace/artifacts.js'
import { TraceError } from '../trace/errors.js'
import { explainTransaction } from '../trace/explain.js'
import { fetchTrace } from '../trace/fetch.js'

const settings = {
  rpc: textSetting({
    flag: 'rpc',
    env: 'METIS_RPC',
    description: 'JSON-RPC of a node of the chain that traces.',
    placeholder: 'url',
    default: 'http://127.0.0.1:9545',
  }),
  artifacts: textSetting({
    flag: 'artifacts',
    env: 'METIS_ARTIFACTS',
    description: "Folder with Foundry's or Hardhat's output, for names and places in the sources.",
    placeholder: 'folder',
    default: 'out',
  }),
  ...jsonSetting,
}

/** `metis trace`: a transaction's calls, and where in the sources it failed. */
export const trace = defineCommand({
  meta: { name: 'trace', description: 'What a transaction did, and where in the sources it failed.' },
  args: {
    hash: { type: 'positional', required: false, description: 'Hash of the transaction.' },
    ...commandArguments(settings),
  },
  async run(context) {
    try {
      const [hash, ...rest] = context.args._ as string[]
      const { rpc, artifacts, json } = readSettings(settings, {
        args: { ...context.args, _: rest },
        rawArgs: context.rawArgs,
      })
      if (hash === undefined || !/^0x[0-9a-f]{64}$/i.test(hash))
        throw new TraceError('badHash', 'the hash of a transaction is 0x and 64 hexadecimal digits')
      const known = new Artifacts(artifacts)
      const { root, logs, codes } = await fetchTrace(rpc, hash)
      const explanation = explainTransaction(root, logs, known, codes)
      process.stdout.write(
        json ? `${JSON.stringify(explanation)}\n` : `${transactionTraceText(explanation)}\n`,
      )
    } catch (error) {
      failWith(error, context.args.json === true)
    }
  },
})
