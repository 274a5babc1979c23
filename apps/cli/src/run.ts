import { defineCommand, runMain } from 'citty'

const metis = defineCommand({
  meta: { name: 'metis', version: '0.1.0', description: 'An AI-native layer 2, in one command.' },
  // Each is loaded when it is asked for: most need no whole node.
  subCommands: {
    dev: () => import('./commands/dev.js').then(({ dev }) => dev),
    status: () => import('./commands/status.js').then(({ status }) => status),
    accounts: () => import('./commands/accounts.js').then(({ accounts }) => accounts),
    db: () => import('./commands/db.js').then(({ db }) => db),
    trace: () => import('./commands/trace.js').then(({ trace }) => trace),
    vm: () => import('./commands/vm.js').then(({ vm }) => vm),
  },
})

/** The `metis` command with these arguments. */
export const run = (rawArgs: string[]): Promise<void> => runMain(metis, { rawArgs })
