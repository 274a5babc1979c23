// Everything between a fresh clone and a runnable tree. Each step is skipped when its inputs have not changed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture, fail, isStamped, requireNode, root, show, stamp, step, withLock } from './lib/progress.mjs'

const manifests = ['package.json', 'package-lock.json']
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** @throws when a step fails; what failed has been printed. */
export async function setup() {
  requireNode()
  await withLock(async () => {
    if (!existsSync(join(root, 'node_modules')) || !isStamped('dependencies', manifests))
      await step('installing dependencies', installDependencies)
    for (const [what, script] of [
      ['WebAssembly kernel', ['execution/kernel/build.mjs']],
      ['contracts', ['scripts/contracts.mjs']],
      ['TypeScript', ['node_modules/typescript/bin/tsc', '-b']],
    ])
      if ((await show(process.execPath, script)) !== 0)
        throw new Error(`the ${what} did not build; see above`)
  })
}

/**
 * `npm install` and not `npm ci`: the lock pins every version, but a registry mirror may lack other platforms' optional binaries,
 * which `npm ci` insists on finding in the lock.
 */
async function installDependencies() {
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, output } = await capture(npm, args)
  if (code !== 0) throw new Error(`npm install failed:\n${output}`)
  stamp('dependencies', manifests)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setup().catch((error) => fail(error.message))
  process.stderr.write('• ready: npm start, npm test, npm run bench, npm run conformance\n')
}
