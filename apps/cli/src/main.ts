#!/usr/bin/env node
// Nothing but this check may be imported statically: what an old Node cannot load would fail before it.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`metis needs Node 20.19 or newer; this is ${process.versions.node}\n`)
  process.exit(1)
}
// A reader that has seen enough, as `head`, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
const { run } = await import('./run.js')
await run(process.argv.slice(2))

export {}
