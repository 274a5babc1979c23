import { commandArguments } from '@metis-stack/chain-sdk'
import { type Endpoint, type StackInfo, type UnitStatus, unitStatus } from '@metis-stack/node'
import { defineCommand } from 'citty'
import { failWith } from '../print/output.js'
import { statusTable } from '../print/statusTable.js'
import { jsonSetting, readSettings, stateDirSetting } from '../settings.js'
import { readStack } from '../stackFile.js'

const settings = { ...stateDirSetting, ...jsonSetting }
const units = ['l1', 'andromeda', 'hyperion'] as const

/** `metis status`: asks every node of the running stack; exits with 1 unless all are well. */
export const status = defineCommand({
  meta: { name: 'status', description: 'Ask a running stack how it is.' },
  args: commandArguments(settings),
  async run(context) {
    try {
      const { stateDir, json } = readSettings(settings, context)
      const stack = readStack(stateDir)
      const report = await ask(stack)
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${statusTable(report)}\n`)
      if (Object.values(report).some(({ health }) => health !== 'ok')) process.exitCode = 1
    } catch (error) {
      failWith(error, context.args.json === true)
    }
  },
})

async function ask(stack: StackInfo): Promise<Record<(typeof units)[number], UnitStatus>> {
  const entries = units.map(
    async (name) => [name, await unitStatus(stack[name] as Endpoint, name === 'l1')] as const,
  )
  return Object.fromEntries(await Promise.all(entries)) as Record<(typeof units)[number], UnitStatus>
}
