import { createRequire } from 'node:module'
import { DevnetError } from '../errors.js'

/**
 * The native anvil. Its npm launcher is passed by: it would be one more process between us and the one to stop.
 *
 * @throws {DevnetError} `l1Start` when this platform has none
 */
export function anvilBinary(): string {
  const launcher = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  try {
    return createRequire(launcher).resolve(
      `@foundry-rs/anvil-${process.platform}-${architecture}/bin/${file}`,
    )
  } catch (cause) {
    throw new DevnetError('l1Start', `there is no anvil for ${process.platform} on ${process.arch}`, {
      cause,
    })
  }
}
