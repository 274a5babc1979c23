// `npm run soak -- [--minutes <n>] [--picture <file.svg>] [--samples <file.json>]`
import { join } from 'node:path'
import { fail, root, show } from './lib/progress.mjs'
import { setup } from './setup.mjs'

await setup().catch((error) => fail(error.message))
// V8 takes up to 48 MiB for the young objects of each thread, now more, now less: of six threads that would hide what the state takes.
const young = '--max-semi-space-size=4'
process.exit(
  await show(process.execPath, [young, join(root, 'test/dist/soak/main.js'), ...process.argv.slice(2)], {
    // npm runs scripts in the package's folder; paths on the command line are relative to the caller's.
    cwd: process.env.INIT_CWD ?? process.cwd(),
  }),
)
