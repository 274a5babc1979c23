/**
 * Compiles the AssemblyScript kernel to WebAssembly.
 *
 *   node build.mjs [entry …]     all entries, or only those named
 *
 * Fast modules (SIMD) go to build/fast/<entry>.wasm, the proof build (scalar, fixed memory) to build/proof/kernel.wasm.
 * An entry is compiled only when a file of its import closure, its options or the compiler changed. Several processes
 * may build at once: one compiles, the others wait and find the work done. An entry that does not compile leaves its
 * last good module in place, does not stop the others, and makes the exit code 1.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { checkProofModule } from './proofRules.mjs'

const root = dirname(fileURLToPath(import.meta.url))
const buildDir = join(root, 'build')

const common = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=']

/** Pages of 64 KiB: 3 GiB hold the EVM's regions as in the fast build, then trie nodes; see assembly/proof/arena.ts. */
const proofPages = '49152'

const fast = (name, ...flags) => ({
  name,
  output: `fast/${name}.wasm`,
  flags: ['--enable', 'simd', ...flags],
})
/** Instances in several threads work on one memory, which is as large as its maker decides. */
const shared = [
  '--enable',
  'threads',
  '--importMemory',
  '--sharedMemory',
  '--zeroFilledMemory',
  '--initialMemory',
  '1',
  '--maximumMemory',
  '65536',
]
const entries = [
  fast('hash'),
  fast('blake2'),
  fast('trie'),
  fast('metisdb', ...shared),
  // Functions of the arenas' instances go to its table.
  fast('metisdb-front', ...shared, '--exportTable'),
  // Compiled contracts enter through its function table.
  fast('evm', '--exportTable'),
  // The same EVM with a host call before each opcode and around each frame.
  {
    ...fast('evm-trace', '--exportTable'),
    substitutes: { 'assembly/evm/trace.ts': `export * from '../trace/hooks'` },
  },
  fast('tensor'),
  // The same source without SIMD: what the differential tests hold the fast build against.
  { name: 'tensor-scalar', output: 'scalar/tensor.wasm', flags: ['--disable', 'simd'] },
  {
    name: 'proof',
    output: 'proof/kernel.wasm',
    // The EVM reads the state as trie nodes instead of asking the host.
    // The interpreter is the only tier; inference is a frame that takes turns.
    substitutes: {
      'assembly/world/backend.ts': `export * from '../proof/backend'`,
      'assembly/evm/tier.ts': `export * from '../proof/tier'`,
      'assembly/evm/native.ts': `export * from '../proof/native'`,
    },
    flags: [
      '--disable',
      'simd',
      '--disable',
      'nontrapping-f2i',
      '--initialMemory',
      proofPages,
      '--maximumMemory',
      proofPages,
    ],
    check: checkProofModule,
  },
]

/** Builds what is out of date; returns the number of entries that failed. */
export async function buildKernel(names = [], log = console.log) {
  const unknown = names.filter((name) => !entries.some((entry) => entry.name === name))
  if (unknown.length > 0) throw new Error(`no such kernel entry: ${unknown.join(', ')}`)
  const wanted = entries.filter(
    (entry) => (names.length === 0 || names.includes(entry.name)) && existsSync(sourceOf(entry)),
  )
  if (wanted.every(isFresh)) return 0
  const unlock = await lock(join(buildDir, '.lock'))
  try {
    let failed = 0
    for (const entry of wanted) if (!isFresh(entry) && !(await compile(entry, log))) failed++
    return failed
  } finally {
    unlock()
  }
}

const sourceOf = (entry) => join(root, 'assembly', 'entry', `${entry.name}.ts`)
const stampOf = (entry) => `${join(buildDir, entry.output)}.stamp`

function isFresh(entry) {
  if (!existsSync(join(buildDir, entry.output)) || !existsSync(stampOf(entry))) return false
  return readFileSync(stampOf(entry), 'utf8') === fingerprint(entry)
}

function fingerprint(entry) {
  const hash = createHash('sha256')
  const { version } = createRequire(import.meta.url)('assemblyscript/package.json')
  hash.update(JSON.stringify([version, common, entry.flags]))
  for (const script of ['build.mjs', 'proofRules.mjs']) hash.update(readFileSync(join(root, script)))
  for (const file of importClosure(entry))
    hash.update(`\0${relative(root, file)}\0`).update(readSource(entry, file))
  return hash.digest('hex')
}

const readSource = (entry, file) => entry.substitutes?.[relative(root, file)] ?? readFileSync(file, 'utf8')

function importClosure(entry) {
  const seen = new Set()
  const pending = [sourceOf(entry)]
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    for (const [, specifier] of readSource(entry, file).matchAll(/\bfrom\s+['"](\.[^'"]*)['"]/g)) {
      const target = resolve(dirname(file), specifier)
      const found = [`${target}.ts`, join(target, 'index.ts')].find((path) => existsSync(path))
      if (found) pending.push(found)
    }
  }
  return [...seen].sort()
}

async function compile(entry, log) {
  const asc = (await import('assemblyscript/asc')).default
  const started = performance.now()
  const stamp = fingerprint(entry)
  const files = new Map()
  const { error, stderr } = await asc.main(
    [
      relative(root, sourceOf(entry)),
      '--baseDir',
      root,
      '--outFile',
      'm.wasm',
      '--textFile',
      'm.wat',
      ...common,
      ...entry.flags,
    ],
    {
      readFile: (name) => {
        try {
          return readSource(entry, resolve(root, name))
        } catch (error) {
          // The compiler tries several names for an import.
          if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
          throw error
        }
      },
      writeFile: (name, contents) => void files.set(name, contents),
      listFiles: () => [],
    },
  )
  const problems = error ? [stderr.toString() || String(error)] : (entry.check?.(files.get('m.wat')) ?? [])
  if (problems.length > 0) {
    log(`kernel ${entry.name}: failed\n${problems.join('\n')}`)
    return false
  }
  const wasm = files.get('m.wasm')
  const path = join(buildDir, entry.output)
  mkdirSync(dirname(path), { recursive: true })
  replaceFile(path, wasm)
  replaceFile(stampOf(entry), stamp)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  log(`kernel ${entry.name}: build/${entry.output}, ${(wasm.length / 1024).toFixed(1)} KiB, ${seconds} s`)
  return true
}

function replaceFile(path, contents) {
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, contents)
  renameSync(temporary, path)
}

/** Waits for the lock file; takes over from a process that died holding it. */
async function lock(path) {
  mkdirSync(dirname(path), { recursive: true })
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (!holderAlive(path)) rmSync(path, { force: true })
    else await new Promise((done) => setTimeout(done, 100))
  }
}

/** No build takes as long, so an older lock is a leftover whose process id means nothing any more. */
const longestBuild = 10 * 60_000

function holderAlive(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > longestBuild) return false
    const pid = Number(readFileSync(path, 'utf8'))
    // An empty file: its holder has created it and is about to write its id.
    if (pid > 0) process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = (await buildKernel(process.argv.slice(2))) === 0 ? 0 : 1
}
