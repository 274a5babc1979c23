// `npm run bench -- [area …] [--quick | --large] [--json <file>] [--publish]`
import { join } from 'node:path'
import { fail, root, show } from './lib/progress.mjs'
import { setup } from './setup.mjs'

await setup().catch((error) => fail(error.message))
process.exit(
  await show(process.execPath, [join(root, 'bench/dist/main.js'), ...process.argv.slice(2)], {
    cwd: process.cwd(),
  }),
)
