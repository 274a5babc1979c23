// `npm run soak -- [--minutes <n>] [--picture <file.svg>] [--samples <file.json>]`
import { join } from 'node:path'
import { fail, root, show } from './lib/progress.mjs'
import { setup } from './setup.mjs'

await setup().catch((error) => fail(error.message))
process.exit(
  await show(process.execPath, [join(root, 'test/dist/soak/main.js'), ...process.argv.slice(2)], {
    // npm runs scripts in the package's folder; paths on the command line are relative to the caller's.
    cwd: process.env.INIT_CWD ?? process.cwd(),
  }),
)
