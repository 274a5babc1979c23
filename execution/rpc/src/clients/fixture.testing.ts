import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Abi } from 'viem'

type Program = 'forge' | 'cast' | 'anvil'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../../../../', import.meta.url))

/** A Foundry project with the fixtures, built with the npm compiler. */
export type FixtureProject = AsyncDisposable & {
  folder: string
  abi: Abi
  bytecode: `0x${string}`
}

/** Copies the fixtures to a folder of their own, so that tests share no build output, and compiles them. */
export async function buildFixtures(): Promise<FixtureProject> {
  const folder = await mkdtemp(join(tmpdir(), 'metis-rpc-'))
  await cp(fileURLToPath(new URL('../../fixtures', import.meta.url)), join(folder, 'src'), {
    recursive: true,
  })
  const config = [
    '[profile.default]',
    `solc = "${join(repository, 'scripts/solc-forge.mjs')}"`,
    'offline = true',
    'evm_version = "osaka"',
    'optimizer = true',
    'bytecode_hash = "none"',
    'cbor_metadata = false',
    'auto_detect_remappings = false',
    '[lint]',
    'lint_on_build = false',
  ]
  await writeFile(join(folder, 'foundry.toml'), `${config.join('\n')}\n`)
  await foundry('forge', ['build', '--root', folder])
  const artifact = JSON.parse(await readFile(join(folder, 'out/Ledger.sol/Ledger.json'), 'utf8'))
  return {
    folder,
    abi: artifact.abi,
    bytecode: artifact.bytecode.object,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * Runs one of Foundry's programs and returns what it printed. It is the native binary: the launcher of the npm package
 * loses the exit code.
 * @throws with its standard error in the message
 */
export async function foundry(
  program: Program,
  args: string[],
  options: { cwd?: string } = {},
): Promise<string> {
  const { stdout } = await run(foundryBinary(program), args, {
    cwd: options.cwd,
    env: foundryEnv,
    timeout: 60_000,
  })
  return stdout.trim()
}

/** Starts one of Foundry's programs that runs until it is stopped. */
export function spawnFoundry(program: Program, args: string[]): ChildProcess {
  return spawn(foundryBinary(program), args, { env: foundryEnv, stdio: ['ignore', 'pipe', 'inherit'] })
}

const foundryEnv = { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1', NO_COLOR: '1' }

const require = createRequire(import.meta.url)

/** The launcher's package knows the package with this platform's binary. */
const launchers = {
  forge: require.resolve('@foundry-rs/forge/package.json'),
  cast: require.resolve('@foundry-rs/cast/package.json'),
  anvil: require.resolve('@foundry-rs/anvil/package.json'),
}

function foundryBinary(program: Program): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const path = `@foundry-rs/${program}-${process.platform}-${arch}/bin/${program}${suffix}`
  return createRequire(launchers[program]).resolve(path)
}
