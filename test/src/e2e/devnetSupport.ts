import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type MetisPublicActions,
  type MetisWalletActions,
  metisPublicActions,
  metisWalletActions,
  type SettledChain,
  type StackChains,
  stackChains,
} from '@metis-stack/client'
import { devAccount, type Ports, type StackInfo, stackAddresses } from '@metis-stack/node'
import {
  type Account,
  type Chain,
  type Client,
  createWalletClient,
  http,
  type PublicActions,
  publicActions,
  type Transport,
  type WalletActions,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/**
 * Three ports that were free a moment ago, below the range from which systems take the ports of outgoing connections:
 * a client that keeps trying a port of that range whose server is down can end up connected to itself, and hold it.
 */
export async function freePorts(): Promise<Ports> {
  const ports = new Set<number>()
  while (ports.size < 3) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) ports.add(port)
  }
  const [l1, andromeda, hyperion] = [...ports] as [number, number, number]
  return { l1, andromeda, hyperion }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A folder of its own, gone when disposed. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'metis-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export const chainsOf = (info: StackInfo): StackChains => stackChains(stackAddresses(info))

export type Wallet = Client<
  Transport,
  Chain,
  Account,
  undefined,
  PublicActions<Transport, Chain, Account> &
    WalletActions<Chain, Account> &
    MetisWalletActions &
    MetisPublicActions
>

/** A wallet of development account `index` that can also read, with the stack's own actions. */
export function wallet(chain: Chain | SettledChain, index: number): Wallet {
  return createWalletClient({
    account: privateKeyToAccount(devAccount(index).privateKey),
    chain,
    transport: http(undefined, { retryCount: 5 }),
    pollingInterval: 200,
  })
    .extend(publicActions)
    .extend(metisWalletActions())
    .extend(metisPublicActions())
}
