#!/usr/bin/env node
// npm links a command when it installs, and what is built comes later: so the command is a file of its own.
import { existsSync } from 'node:fs'

const built = new URL('../dist/main.js', import.meta.url)
if (!existsSync(built)) {
  process.stderr.write('metis is not built yet: npm run setup\n')
  process.exit(1)
}
await import(built.href)
