import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { createPublicClient, http, type PublicClient } from 'viem'

export type AnvilNode = AsyncDisposable & {
  client: PublicClient
  /** Of the launcher, whose child the node may be. */
  pid: number
}

/** An anvil of its own on a free port, without a block gas limit, with `extra` options; ends when disposed. */
export async function startAnvil(extra: readonly string[] = []): Promise<AnvilNode> {
  const port = await freePort()
  const bin = createRequire(import.meta.url).resolve('@foundry-rs/anvil/bin.mjs')
  const options = ['--port', String(port), '--silent', '--disable-block-gas-limit', ...extra]
  const child = spawn(process.execPath, [bin, ...options], { stdio: 'ignore' })
  const client = createPublicClient({
    transport: http(`http://127.0.0.1:${port}`, { timeout: 120_000, retryCount: 0 }),
  })
  for (let tries = 0; ; tries++) {
    try {
      await client.getChainId()
      break
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  return {
    client,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address ? done(address.port) : reject(new Error('no port')),
      )
    })
  })
}
