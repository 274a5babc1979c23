import { defineCommand, runMain } from 'citty'
import { accounts } from './commands/accounts.js'
import { db } from './commands/db.js'
import { dev } from './commands/dev.js'
import { status } from './commands/status.js'
import { trace } from './commands/trace.js'
import { vm } from './commands/vm.js'

const metis = defineCommand({
  meta: { name: 'metis', version: '0.1.0', description: 'An AI-native layer 2, in one command.' },
  subCommands: { dev, status, accounts, db, trace, vm },
})

/** The `metis` command with these arguments. */
export const run = (rawArgs: string[]): Promise<void> => runMain(metis, { rawArgs })
