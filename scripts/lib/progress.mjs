// Plain Node, no dependency: this runs before anything is installed.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** One clear line, then out. */
export function fail(message) {
  process.stderr.write(`metis: ${message}\n`)
  process.exit(1)
}

/** Node 20.19 is the first that `require`s ES modules and the last line our dependencies support. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`Node ${version} is too old; Node 20.19 or newer is needed (https://nodejs.org)`)
}

/** Runs a command from the repository root with its output shown live; resolves with the exit code. */
export function show(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', reject)
    child.on('close', (code) => done(code ?? 1))
  })
}

/** Runs a command from the repository root and keeps what it prints. */
export function capture(command, args) {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    child.on('error', reject)
    child.on('close', (code) => done({ code: code ?? 1, output }))
  })
}

/** Prints `label …`, runs the step, prints how long it took. */
export async function step(label, action) {
  const started = performance.now()
  process.stderr.write(`• ${label} …\n`)
  const note = await action()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stderr.write(`  done in ${seconds} s${typeof note === 'string' && note ? ` (${note})` : ''}\n`)
}

const stampDir = join(root, '.setup')

/** Whether `name` was last done for exactly these file contents. */
export function isStamped(name, files) {
  const path = join(stampDir, name)
  return existsSync(path) && readFileSync(path, 'utf8') === digest(files)
}

export function stamp(name, files) {
  mkdirSync(stampDir, { recursive: true })
  writeFileSync(join(stampDir, name), digest(files))
}

function digest(files) {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.update(process.version.split('.')[0]).digest('hex')
}

/** Two set-ups at once would trample each other; the second waits for the first. */
export async function withLock(action) {
  mkdirSync(stampDir, { recursive: true })
  const lock = join(stampDir, 'lock')
  for (let waited = false; ; ) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const owner = readOwner(lock)
      if (owner !== undefined && !isAlive(owner)) {
        rmSync(lock, { recursive: true, force: true })
        continue
      }
      if (!waited) process.stderr.write('• another set-up is running here; waiting for it …\n')
      waited = true
      await new Promise((r) => setTimeout(r, 500))
    }
  }
  writeFileSync(join(lock, 'pid'), String(process.pid))
  try {
    return await action()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function readOwner(lock) {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8'))
  } catch {
    // Between mkdir and the pid file, or just released: give it five seconds before calling it stale.
    try {
      return Date.now() - statSync(lock).mtimeMs > 5_000 ? -1 : undefined
    } catch {
      return undefined
    }
  }
}

function isAlive(pid) {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
