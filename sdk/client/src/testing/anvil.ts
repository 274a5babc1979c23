import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { type Chain, createTestClient, createWalletClient, type Hex, http, publicActions } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'

const require = createRequire(import.meta.url)

/** An Ethereum node that is not ours, for one test file. */
export type Anvil = {
  url: string
  /** Runs init codes at fixed addresses, as a genesis does. */
  predeploy: (contracts: readonly { address: Hex; initCode: Hex }[]) => Promise<void>
  setCode: (address: Hex, code: Hex) => Promise<void>
  setBalance: (address: Hex, wei: bigint) => Promise<void>
  impersonate: (address: Hex) => Promise<void>
  /** Mines a block that is so many seconds later than the newest. */
  mine: (seconds: number) => Promise<void>
  close: () => Promise<void>
}

/** Client with an account that signs locally, and with the actions to wait for what it sends. */
export type TestWallet = ReturnType<typeof testWallet>

export const devAccount = (index: number): ReturnType<typeof mnemonicToAccount> =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex: index })

/** Starts anvil on a port that the system chooses; resolves when it answers. */
export async function startAnvil(chainId: number): Promise<Anvil> {
  const launcher = join(dirname(require.resolve('@foundry-rs/anvil/package.json')), 'bin.mjs')
  const flags = ['--port', '0', '--chain-id', String(chainId), '--hardfork', 'osaka']
  const child = spawn(process.execPath, [launcher, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] })
  const url = `http://${await listening(child, child.stdout)}`
  const client = createTestClient({ mode: 'anvil', transport: http(url) }).extend(publicActions)
  return {
    url,
    async predeploy(contracts) {
      const from = devAccount(9).address
      const wallet = createWalletClient({ account: from, transport: http(url) })
      for (const { address, initCode } of contracts) {
        await client.setCode({ address, bytecode: initCode })
        const { data: code } = await client.call({ to: address })
        const hash = await wallet.sendTransaction({ to: address, chain: null, gas: 10_000_000n })
        // anvil answers before it mines: the init code has to stay until it has run, or the storage that it writes is missing.
        const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
        if (status !== 'success') throw new Error(`The init code of ${address} reverted.`)
        await client.setCode({ address, bytecode: code ?? '0x' })
      }
    },
    setCode: (address, bytecode) => client.setCode({ address, bytecode }),
    setBalance: (address, value) => client.setBalance({ address, value }),
    impersonate: (address) => client.impersonateAccount({ address }),
    async mine(seconds) {
      const { timestamp } = await client.getBlock()
      await client.setNextBlockTimestamp({ timestamp: timestamp + BigInt(seconds) })
      await client.mine({ blocks: 1 })
    },
    async close() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** Wallet of a development account on a running node. */
export function testWallet(chain: Chain, url: string, index = 0) {
  return createWalletClient({ account: devAccount(index), chain, transport: http(url) }).extend(publicActions)
}

/** Host and port, from the line in which anvil says so; its further output is read and dropped. */
function listening(child: ChildProcess, output: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    output.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-10_000)
      const address = text.match(/Listening on (\S+:\d+)\s/)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`anvil ended with code ${code}: ${text}`)))
  })
}
