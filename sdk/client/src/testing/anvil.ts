import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
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
  mine: (seconds: number) => Promise<void>
  close: () => Promise<void>
}

/** Client with an account that signs locally, and with the actions to wait for what it sends. */
export type TestWallet = ReturnType<typeof testWallet>

export const devAccount = (index: number): ReturnType<typeof mnemonicToAccount> =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex: index })

/** Starts anvil on a free port; resolves when it answers. */
export async function startAnvil(chainId: number): Promise<Anvil> {
  const port = await freePort()
  const launcher = join(dirname(require.resolve('@foundry-rs/anvil/package.json')), 'bin.mjs')
  const flags = ['--port', String(port), '--chain-id', String(chainId), '--silent', '--hardfork', 'osaka']
  const child = spawn(process.execPath, [launcher, ...flags], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const client = createTestClient({ mode: 'anvil', transport: http(url) }).extend(publicActions)
  await ready(child, () => client.getChainId())
  return {
    url,
    async predeploy(contracts) {
      const from = devAccount(9).address
      const wallet = createWalletClient({ account: from, transport: http(url) })
      for (const { address, initCode } of contracts) {
        await client.setCode({ address, bytecode: initCode })
        const { data: code } = await client.call({ to: address })
        await wallet.sendTransaction({ to: address, chain: null, gas: 10_000_000n })
        await client.setCode({ address, bytecode: code ?? '0x' })
      }
    },
    setCode: (address, bytecode) => client.setCode({ address, bytecode }),
    setBalance: (address, value) => client.setBalance({ address, value }),
    impersonate: (address) => client.impersonateAccount({ address }),
    async mine(seconds) {
      await client.increaseTime({ seconds })
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

async function ready(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; ) {
    try {
      await ask()
      return
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error('anvil did not start', { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
