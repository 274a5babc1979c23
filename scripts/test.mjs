// `npm test [-- <vitest filter>]`: set up, then style, contracts and every TypeScript test; ends with one count.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { capture, fail, root, show, step } from './lib/progress.mjs'
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
    const { code, output } = await capture(process.execPath, args)
    if (code !== 0) process.stderr.write(output)
    add(code === 0 ? 1 : 0, code === 0 ? 0 : 1, 0)
  })
}

async function forgeTests() {
  // The npm launcher always exits with 0, so the totals decide.
  const { output } = await capture(process.execPath, [bin('@foundry-rs/forge', 'bin.mjs'), 'test'])
  const totals = [...output.matchAll(/(\d+) tests? passed, (\d+) failed, (\d+) skipped/g)].at(-1)
  const [passed, failed, skipped] = totals ? totals.slice(1).map(Number) : [0, 1, 0]
  if (failed > 0) process.stderr.write(output)
  add(passed, failed, skipped)
  return `${passed} passed, ${failed} failed`
}

async function vitestTests() {
  const report = join(root, '.setup', 'vitest.json')
  rmSync(report, { force: true })
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filter]
  // What set-up has built need not be loaded from its sources once more in every process that a test starts.
  const code = await show(process.execPath, [bin('vitest', 'vitest.mjs'), ...args], {
    env: { METIS_TEST_BUILT: '1' },
  })
  if (!existsSync(report)) return add(0, 1, 0)
  const result = JSON.parse(readFileSync(report, 'utf8'))
  // A file that fails to load, or an error outside of any test, fails the run without failing a test.
  const outside = code !== 0 && result.numFailedTests === 0 ? 1 : 0
  add(result.numPassedTests, result.numFailedTests + outside, result.numPendingTests + result.numTodoTests)
}

function add(passed, failed, skipped) {
  count.passed += passed
  count.failed += failed
  count.skipped += skipped
}
