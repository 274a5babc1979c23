// Compiles the contracts of both floors with forge and writes each one's ABI and init code as a typed module,
// `<floor>/contracts/src/generated/<Contract>.ts`. Does nothing if no source has changed since.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture, fail, isStamped, root, stamp, step } from './lib/progress.mjs'

const floors = ['settlement/contracts', 'value/contracts']
const toolchain = [
  'foundry.toml',
  'scripts/contracts.mjs',
  'scripts/solc-forge.mjs',
  'node_modules/solc/package.json',
  'node_modules/solady/package.json',
  'node_modules/@openzeppelin/contracts/package.json',
]

/** Solidity sources of a floor, relative to the root, without its tests. */
function sources(floor) {
  return readdirSync(join(root, floor, 'sol'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sol'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith(join(floor, 'sol', 'test')))
    .sort()
}

async function build() {
  const inputs = [...toolchain, ...floors.flatMap(sources)]
  const complete = floors.every((floor) => existsSync(join(root, floor, 'src/generated/index.ts')))
  if (complete && isStamped('contracts', inputs)) return
  await step('compiling contracts', async () => {
    const { code, output } = await capture(forgeBinary(), ['build', '--skip', '*/test/*'])
    if (code !== 0) throw new Error(`forge build failed:\n${output}`)
    const count = floors.map(generate).reduce((a, b) => a + b)
    stamp('contracts', inputs)
    return `${count} modules`
  })
}

/** The native forge. The launcher in `@foundry-rs/forge` would lose its exit code. */
function forgeBinary() {
  const resolve = createRequire(join(root, floors[0], 'package.json')).resolve
  const cpu = process.arch === 'x64' ? 'amd64' : process.arch
  const name = process.platform === 'win32' ? 'forge.exe' : 'forge'
  return resolve(`@foundry-rs/forge-${process.platform}-${cpu}/bin/${name}`)
}

/** Writes the modules of one floor; returns how many. */
function generate(floor) {
  const folder = join(root, floor, 'src/generated')
  mkdirSync(folder, { recursive: true })
  const names = []
  for (const source of sources(floor)) {
    const name = source.match(/([^/\\]+)\.sol$/)[1]
    const artifact = join(root, 'build/contracts/out', `${name}.sol`, `${name}.json`)
    if (!existsSync(artifact)) continue
    const { abi, bytecode } = JSON.parse(readFileSync(artifact, 'utf8'))
    // Libraries of internal functions and interfaces of other contracts have nothing to call or deploy.
    if (abi.length === 0 || bytecode.object === '0x') continue
    replace(join(folder, `${name}.ts`), module(name, source, abi, bytecode.object))
    names.push(name)
  }
  replace(join(folder, 'index.ts'), names.map((name) => `export * from './${name}.js'\n`).join(''))
  for (const file of readdirSync(folder))
    if (file !== 'index.ts' && !names.includes(file.replace(/\.ts$/, ''))) rmSync(join(folder, file))
  return names.length
}

/** Another process may be importing the file: it sees the old or the new one, and an equal one is left alone. */
function replace(file, text) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function module(name, source, abi, initCode) {
  const variable = name[0].toLowerCase() + name.slice(1)
  const entries = abi.map((entry) => `  ${JSON.stringify(entry)},\n`).join('')
  return `// Made by scripts/contracts.mjs from ${source.replaceAll('\\', '/')}; changes are lost.

/** ABI of \`${name}\`. */
export const ${variable}Abi = [
${entries}] as const

/** Init code of \`${name}\`, without constructor arguments. */
export const ${variable}Bytecode: \`0x\${string}\` =
  '${initCode}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build().catch((error) => fail(error.message))
