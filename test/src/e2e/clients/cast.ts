import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'

const launcher = createRequire(import.meta.url).resolve('@foundry-rs/cast/package.json')
const arch = process.arch === 'x64' ? 'amd64' : process.arch
const suffix = process.platform === 'win32' ? '.exe' : ''
const binary = createRequire(launcher).resolve(
  `@foundry-rs/cast-${process.platform}-${arch}/bin/cast${suffix}`,
)

/**
 * Runs Foundry's cast against an endpoint and returns what it printed. It is the native binary: the launcher of the npm
 * package loses the exit code.
 * @throws with its standard error in the message
 */
export async function cast(url: string, command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, [command, '--rpc-url', url, ...args], {
    timeout: 60_000,
  })
  return stdout.trim()
}
