#!/usr/bin/env node
// What forge expects of a native solc (`--version`, `--standard-json` on stdin), answered by the compiler from npm.
// Forge takes the platform suffix as part of the version, so it must look like a native build's.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'

const solc = createRequire(import.meta.url)('solc')
const args = process.argv.slice(2)

if (args.includes('--version')) {
  const version = solc.version().replace('.Emscripten.clang', '.Linux.g++')
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`)
} else {
  const folders = args.flatMap((arg, i) =>
    arg === '--base-path' || arg === '--include-path' ? [args[i + 1]] : [],
  )
  process.stdout.write(solc.compile(readFileSync(0, 'utf8'), { import: (path) => find(path, folders) }))
}

function find(path, folders) {
  for (const folder of [...folders, process.cwd()]) {
    try {
      return { contents: readFileSync(resolve(folder, path), 'utf8') }
    } catch {}
  }
  return { error: `File not found: ${path}` }
}
