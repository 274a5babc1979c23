import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const repository = new URL('../../../..', import.meta.url).pathname

/** Where a peer's sources are, and where it is built: outside of version control. */
const sourcesOf = (peer: string): string => join(repository, 'bench/peers', peer)
const outputOf = (peer: string): string => join(repository, 'build/peers', peer)

/** Path of something built, or the reason why there is none. */
export type Built = { path: string } | { missing: string }

/** revm in a program of ours (`bench/peers/revm`), built with cargo the first time. */
export function buildRevm(): Promise<Built> {
  const path = join(outputOf('revm'), 'release/metis-bench-revm')
  const args = ['build', '--release', '--locked', '--quiet']
  const env = { CARGO_TARGET_DIR: outputOf('revm') }
  return build('revm', 'cargo', args, { cwd: sourcesOf('revm'), env, path })
}

/** geth's EVM in a program of ours (`bench/peers/geth`), built with Go the first time. */
export function buildGeth(): Promise<Built> {
  const path = join(outputOf('geth'), 'metis-bench-geth')
  const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-o', path, '.']
  return build('geth', 'go', args, { cwd: sourcesOf('geth'), path })
}

/** EDR's package, for this Node and installed with npm the first time: it is too large to be a dependency of everybody. */
export async function installEdr(): Promise<Built> {
  const output = outputOf('edr')
  const path = join(output, 'node_modules/@nomicfoundation/edr')
  if (existsSync(path)) return { path }
  mkdirSync(output, { recursive: true })
  for (const file of ['package.json', 'package-lock.json'])
    cpSync(join(sourcesOf('edr'), file), join(output, file))
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']
  return build('EDR', npm, args, { cwd: output, path })
}

async function build(
  peer: string,
  tool: string,
  args: string[],
  { cwd, env, path }: { cwd: string; env?: Record<string, string>; path: string },
): Promise<Built> {
  try {
    await run(tool, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { missing: `${peer}: ${tool} is not installed` }
    const output = (error as { stderr?: string }).stderr?.trim().split('\n')
    return { missing: `${peer} did not build with ${tool}: ${output?.at(-1) ?? String(error)}` }
  }
  return existsSync(path) ? { path } : { missing: `${peer} did not build with ${tool}: no ${path}` }
}
