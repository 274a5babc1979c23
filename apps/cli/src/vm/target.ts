import { existsSync, readFileSync } from 'node:fs'
import { hexToBytes } from '@metis-stack/kernel'
import { callRpc } from '@metis-stack/node'
import { VmError } from './errors.js'

/** What is to be explained: code, and where it stands when it is on a chain. */
export type Target = { code: Uint8Array; address: `0x${string}` | undefined }

const addressPattern = /^0x[0-9a-f]{40}$/i
/** EIP-7702: an account that runs the code of another. */
const delegation = /^0xef0100([0-9a-f]{40})$/i
const largest = 1024 * 1024

/** Whether a command-line word names an account. */
export const isAddress = (text: string): text is `0x${string}` => addressPattern.test(text)

/**
 * The code that a command-line word stands for: an address, bytecode in hex, or a file with bytecode in hex or a compiler's artefact.
 *
 * @throws {VmError} when it stands for none
 */
export async function readTarget(text: string | undefined, rpc: string | undefined): Promise<Target> {
  if (text === undefined)
    throw new VmError('noTarget', 'what is to be explained? an address, bytecode, or a file with bytecode')
  if (isAddress(text)) {
    if (rpc === undefined)
      throw new VmError('noRpc', `${text} is an address: --rpc <url> says on which chain`)
    return { code: await codeAt(text, rpc), address: text.toLowerCase() as `0x${string}` }
  }
  const digits = existsSync(text) ? readCodeFile(text) : text
  return { code: parseHex(digits, 'the bytecode'), address: undefined }
}

async function codeAt(address: string, rpc: string, delegated = false): Promise<Uint8Array> {
  const code = await ask<string>(rpc, 'eth_getCode', [address, 'latest'])
  const other = delegation.exec(code)?.[1]
  if (other !== undefined && !delegated) return codeAt(`0x${other}`, rpc, true)
  if (code === '0x') throw new VmError('noCode', `there is no code at ${address}`)
  return parseHex(code, `the code at ${address}`)
}

/** Hex text, or JSON with `deployedBytecode` as solc, Foundry and Hardhat write it. */
function readCodeFile(path: string): string {
  const text = readFileSync(path, 'utf8').trim()
  if (!text.startsWith('{')) return text
  try {
    const { deployedBytecode } = JSON.parse(text) as { deployedBytecode?: string | { object?: string } }
    const code = typeof deployedBytecode === 'string' ? deployedBytecode : deployedBytecode?.object
    if (code) return code
  } catch {
    throw new VmError('badFile', `${path} is neither bytecode in hex nor a compiler's artefact`)
  }
  throw new VmError('badFile', `${path} has no deployedBytecode`)
}

/** @throws {VmError} naming `what` */
export function parseHex(text: string, what: string): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text
  if (digits === '') throw new VmError('badHex', `${what} is empty`)
  const bad = digits.search(/[^0-9a-f]/i)
  if (bad >= 0)
    throw new VmError('badHex', `${what} is not hexadecimal: "${digits[bad]}" at digit ${bad + 1}`)
  if (digits.length % 2 !== 0) throw new VmError('badHex', `${what} has an odd number of hexadecimal digits`)
  if (digits.length > 2 * largest) throw new VmError('badHex', `${what} is longer than 1 MiB`)
  return hexToBytes(digits)
}

/** @throws {VmError} when the node does not answer, or with an error */
export async function ask<T>(url: string, method: string, parameters: unknown[]): Promise<T> {
  try {
    return await callRpc<T>(url, method, parameters)
  } catch (cause) {
    const { message, name } = cause as Error
    const answered = message.startsWith(`${method}: `)
    const reason = name === 'TimeoutError' ? 'it does not answer in time' : 'it does not answer'
    throw new VmError('rpc', answered ? `${url}: ${message}` : `${url}: ${reason}`, { cause })
  }
}
