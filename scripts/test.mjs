// `npm test [-- <vitest filter>]`: set up, then style, contracts and every TypeScript test; ends with one count.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fail, root, run, step } from './lib/progress.mjs'
import { setup } from './setup.mjs'

await setup().catch((error) => fail(error.message))

const bin = (name, file) => join(root, 'node_modules', name, file)
const count = { passed: 0, failed: 0, skipped: 0 }
const filter = process.argv.slice(2)

if (filter.length === 0) {
  await check('style and lint', [bin('@biomejs/biome', 'bin/biome'), 'check', '.'])
  await check('unused files, exports and dependencies', [bin('knip', 'bin/knip.js')])
  await step('contract tests', forgeTests)
}
await step('TypeScript tests', vitestTests)

process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
process.exit(count.failed === 0 ? 0 : 1)

async function check(label, args) {
  await step(label, async () => {
    try {
      await run(process.execPath, args, { quiet: true })
      count.passed++
    } catch {
      count.failed++
    }
  })
}

async function forgeTests() {
  const output = await run(process.execPath, [bin('@foundry-rs/forge', 'bin.mjs'), 'test'], { quiet: true }).catch(
    (error) => `1 tests passed, 1 failed, 0 skipped (${error.message})`,
  )
  const totals = [...output.matchAll(/(\d+) tests? passed, (\d+) failed, (\d+) skipped/g)].at(-1)
  if (!totals) return fail(`forge printed no totals:\n${output.slice(-2_000)}`)
  add(Number(totals[1]), Number(totals[2]), Number(totals[3]))
  return `${totals[1]} passed, ${totals[2]} failed`
}

async function vitestTests() {
  const report = join(root, '.setup', 'vitest.json')
  rmSync(report, { force: true })
  await run(process.execPath, [
    bin('vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...filter,
  ]).catch(() => {})
  const result = JSON.parse(readFileSync(report, 'utf8'))
  const suitesBroken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  add(result.numPassedTests, result.numFailedTests + suitesBroken.length, result.numPendingTests + result.numTodoTests)
}

function add(passed, failed, skipped) {
  count.passed += passed
  count.failed += failed
  count.skipped += skipped
}
