// Everything between a fresh clone and a runnable tree. Each step is skipped when its inputs have not changed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail, isStamped, requireNode, root, run, stamp, step, withLock } from './lib/progress.mjs'

const manifests = ['package.json', 'package-lock.json']
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

export async function setup() {
  requireNode()
  await withLock(async () => {
    if (!existsSync(join(root, 'node_modules')) || !isStamped('dependencies', manifests)) {
      await step('installing dependencies', async () => {
        await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true })
        stamp('dependencies', manifests)
      })
    }
    await run(process.execPath, ['execution/kernel/build.mjs'])
    await run(process.execPath, ['scripts/contracts.mjs'])
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-b'])
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setup().catch((error) => fail(error.message))
  process.stderr.write('• ready: npm start, npm test, npm run bench, npm run conformance\n')
}
