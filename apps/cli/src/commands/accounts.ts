import { commandArguments } from '@metis-stack/chain-sdk'
import { devMnemonic, userAccounts } from '@metis-stack/node'
import { defineCommand } from 'citty'
import { failWith } from '../print/output.js'
import { jsonSetting, readSettings } from '../settings.js'

/** `metis accounts`: the prefunded accounts, whether a stack runs or not. */
export const accounts = defineCommand({
  meta: { name: 'accounts', description: 'List the prefunded development accounts.' },
  args: commandArguments(jsonSetting),
  run(context) {
    try {
      const { json } = readSettings(jsonSetting, context)
      if (json) {
        process.stdout.write(`${JSON.stringify({ mnemonic: devMnemonic, accounts: userAccounts() })}\n`)
        return
      }
      userAccounts().forEach(({ address, privateKey }, i) => {
        process.stdout.write(`(${i}) ${address}  ${privateKey}\n`)
      })
      process.stdout.write(`mnemonic: ${devMnemonic}\n`)
    } catch (error) {
      failWith(error, false)
    }
  },
})
