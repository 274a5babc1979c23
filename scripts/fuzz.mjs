// `npm run fuzz -- [--programs <n>] [--trees <n>] [--seed <n>] [--workers <n>] [--minutes <n>] [--corpus <folder>]…`
import { join } from 'node:path'
import { fail, root, show } from './lib/progress.mjs'
import { setup } from './setup.mjs'

await setup().catch((error) => fail(error.message))
process.exit(
  await show(
    process.execPath,
    [join(root, 'execution/metisvm/dist/testing/fuzz/main.js'), ...process.argv.slice(2)],
    {
      // npm runs scripts in the package's folder; paths on the command line are relative to the caller's.
      cwd: process.env.INIT_CWD ?? process.cwd(),
    },
  ),
)
