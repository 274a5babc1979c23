import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { bytesToHex, createPublicClient, type Hex, hexToBytes, http } from 'viem'
import { decodeOutcome, type Engine } from './engine.js'

const contract = '0x00000000000000000000000000000000000c0de0'

/** anvil (revm with its inspector) over JSON-RPC: the peer that a developer would otherwise use. */
export async function anvilEngine(code: Hex): Promise<Engine> {
  const port = await freePort()
  const bin = createRequire(import.meta.url).resolve('@foundry-rs/anvil/bin.mjs')
  const child = spawn(
    process.execPath,
    [bin, '--port', String(port), '--silent', '--disable-block-gas-limit'],
    { stdio: 'ignore' },
  )
  const client = createPublicClient({
    transport: http(`http://127.0.0.1:${port}`, { timeout: 120_000, retryCount: 0 }),
  })
  for (let tries = 0; ; tries++) {
    try {
      await client.getChainId()
      break
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((r) => setTimeout(r, 100))
    }
  }
  await client.request({ method: 'anvil_setCode' as never, params: [contract, code] as never })
  return {
    name: 'anvil',
    async call(input) {
      const { data } = await client.call({ to: contract, data: bytesToHex(input), gas: 900_000_000_000n })
      return decodeOutcome(hexToBytes(data ?? '0x'))
    },
    async [Symbol.asyncDispose]() {
      const gone = new Promise((r) => child.once('exit', r))
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
