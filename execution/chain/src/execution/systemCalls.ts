import { concat, emptyCodeHash, equalBytes, hexToBytes } from '@metis-stack/kernel'
import type { Fork, Session } from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { BlockError } from '../errors.js'
import type { Log } from '../types/receipt.js'
import type { ExecutionHeader } from './context.js'
import { depositRequests } from './depositRequests.js'

/** EIP-4788 */
const beaconRoots = hexToBytes('0x000f3df6d732807ef1319fb7b8bb8522d0beac02')
/** EIP-2935 */
const blockHashes = hexToBytes('0x0000f90827f1c53a10cb7a02335b175320002935')
/** EIP-7002 */
const withdrawalRequests = hexToBytes('0x00000961ef480eb55e80d19ad83579a64c007002')
/** EIP-7251 */
const consolidationRequests = hexToBytes('0x0000bbddc7ce488642fb579f8b00f3a590007251')

/** Before the first transaction: the parent's beacon root and block hash enter the state. */
export function openingCalls(session: Session, fork: Fork, header: ExecutionHeader): void {
  if (isAtLeast(fork, 'cancun') && header.parentBeaconBlockRoot !== undefined)
    callIfDeployed(session, beaconRoots, hexToBytes(header.parentBeaconBlockRoot))
  if (isAtLeast(fork, 'prague')) callIfDeployed(session, blockHashes, hexToBytes(header.parentHash))
}

function callIfDeployed(session: Session, to: Uint8Array, data: Uint8Array): void {
  if (isDeployed(session, to)) session.systemCall(to, data)
}

/**
 * After the last transaction: execution requests, each `type ‖ data`, in ascending type (EIP-7685). None on an L2.
 *
 * @throws {BlockError} `systemCall` when a request contract is missing or fails
 */
export function closingRequests(
  session: Session,
  config: ChainConfig,
  fork: Fork,
  logs: Log[],
): Uint8Array[] {
  if (config.kind === 'l2' || !isAtLeast(fork, 'prague')) return []
  return [
    concat(Uint8Array.of(0), depositRequests(logs, config.depositContract)),
    concat(Uint8Array.of(1), request(session, withdrawalRequests)),
    concat(Uint8Array.of(2), request(session, consolidationRequests)),
  ].filter((entry) => entry.length > 1)
}

function request(session: Session, to: Uint8Array): Uint8Array {
  if (!isDeployed(session, to)) throw new BlockError('systemCall', 'A request contract is not deployed.')
  const result = session.systemCall(to, new Uint8Array())
  if (result.status !== 'success') throw new BlockError('systemCall', 'A request contract failed.')
  return result.output
}

function isDeployed(session: Session, address: Uint8Array): boolean {
  const account = session.account(address)
  return account !== undefined && !equalBytes(account.codeHash, emptyCodeHash)
}
