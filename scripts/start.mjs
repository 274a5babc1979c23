// `npm start`: set up what is missing, then hand over to `metis dev`.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fail, root } from './lib/progress.mjs'
import { setup } from './setup.mjs'

await setup().catch((error) => fail(error.message))
const child = spawn(
  process.execPath,
  [join(root, 'apps/cli/dist/main.js'), 'dev', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
)
// A terminal sends Ctrl-C to both processes; a supervisor may send SIGTERM to this one only.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
