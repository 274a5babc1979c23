import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import { explain } from '@metis-stack/metisvm'
import { afterAll, describe, expect, it } from 'vitest'
import { metis } from '../command.testing.js'
import { explanationJson, explanationText } from '../print/explanation.js'
import { readSampleCall } from './sampleCall.js'
import { readTarget } from './target.js'

const folder = mkdtempSync(join(tmpdir(), 'explain-'))
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true })
})

/** Adds call data to slot 0 and returns the sum. */
const adder = '0x5f355f54018060005560005260206000f3'

/** A node that answers these methods. */
async function node(methods: Record<string, (parameters: unknown[]) => unknown>): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, params } = JSON.parse(body) as { method: string; params: unknown[] }
    const known = methods[method]
    const answer = known ? { result: known(params) } : { error: { message: 'no such method' } }
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, ...answer }))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const address: `0x${string}` = `0x${'ab'.repeat(20)}`
const call = { data: '0x', from: undefined, value: undefined, gas: 1_000_000 }

describe('metis vm explain', () => {
  it('shows blocks, tiers, sample and WebAssembly of bytecode', async () => {
    const word = '11'.padStart(64, '0')
    const flags = ['--call', `0x${word}`, '--wat', '--fork', 'cancun']
    const { code, out, err } = await metis(['vm', 'explain', adder, ...flags]).ended
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).toMatch(/code +0x[0-9a-f]{64}, 17 bytes, 1 blocks, cancun/)
    expect(out).toMatch(/0x0000 +0x0011 +\d+ +\d+ .* RETURN/)
    expect(out).toContain(`output 0x${word}`)
    for (const tier of ['0', '1a', '1b']) expect(out).toMatch(new RegExp(`tier ${tier} .* Mgas/s\n`))
    expect(out).toContain('(func $run (export "run")')
  })

  it.each([
    ['no target', [], /^metis: what is to be explained/],
    ['a fork that never was', ['6001', '--fork', 'toronto'], /^metis: --fork: "toronto" is none of frontier/],
  ])('answers %s with one line and a failure', async (_, args, line) => {
    const { code, out, err } = await metis(['vm', 'explain', ...args]).ended
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(line)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('answers machines in JSON', () => {
    const json = JSON.parse(explanationJson(explain(Uint8Array.of(0x5f, 0x5f, 0xf3))))
    expect(json).toMatchObject({
      codeBytes: 3,
      fork: 'osaka',
      blocks: [{ start: 0, end: 3, ends: 'RETURN' }],
    })
  })
})

describe('its target', () => {
  it('is bytecode, a file with bytecode, or a compiler’s artefact', async () => {
    const [hex, artefact] = [join(folder, 'code.hex'), join(folder, 'Adder.json')]
    writeFileSync(hex, `${adder}\n`)
    writeFileSync(artefact, JSON.stringify({ abi: [], deployedBytecode: { object: adder } }))
    const targets = await Promise.all([adder, hex, artefact].map((text) => readTarget(text, undefined)))
    for (const { code } of targets) expect(bytesToHex(code)).toBe(adder)
  })

  it('is the code of an address, or of the one that it delegates to', async () => {
    const delegating = `0x${'cd'.repeat(20)}`
    const url = await node({
      eth_getCode: ([of]) => (of === delegating ? `0xef0100${address.slice(2)}` : adder),
    })
    expect(bytesToHex((await readTarget(address, url)).code)).toBe(adder)
    expect(bytesToHex((await readTarget(delegating, url)).code)).toBe(adder)
  })

  it.each([
    ['0x12g4', 'the bytecode is not hexadecimal: "g" at digit 3'],
    ['0x123', 'the bytecode has an odd number of hexadecimal digits'],
    ['0x', 'the bytecode is empty'],
    [address, `${address} is an address: --rpc <url> says on which chain`],
    [fileURLToPath(import.meta.url), 'the bytecode is not hexadecimal: "i" at digit 1'],
  ])('is not %s', async (text, message) => {
    await expect(readTarget(text, undefined)).rejects.toThrow(message)
  })

  it('is not where no node is, or no code', async () => {
    const nobody = 'http://127.0.0.1:1'
    await expect(readTarget(address, nobody)).rejects.toThrow(`${nobody}: it does not answer`)
    const empty = await node({ eth_getCode: () => '0x' })
    await expect(readTarget(address, empty)).rejects.toThrow(`there is no code at ${address}`)
  })
})

describe('its sample call', () => {
  const target = { code: hexToBytes(adder), address }

  it('meets the state that the node’s tracer saw', async () => {
    const mixHash = `0x${'00'.repeat(32)}`
    const url = await node({
      eth_chainId: () => '0x1',
      eth_getBlockByNumber: () => ({ number: '0x5', timestamp: '0x6', miner: address, mixHash }),
      debug_traceCall: () => ({ [address]: { balance: '0x1', nonce: 1, storage: { '0x0': '0x2a' } } }),
    })
    const sample = await readSampleCall(call, target, 'osaka', url)
    const text = explanationText(explain(target.code, { call: sample, budgetMs: 10 }))
    expect(text).toMatch(/sample +success, [\d,]+ gas, output 0x0{62}2a/)
  })

  it.each([
    [{ ...call, data: 'zz' }, '--call is not hexadecimal: "z" at digit 1'],
    [{ ...call, from: '0x12' }, '--from: 0x12 is no address'],
    [{ ...call, value: '1.5' }, '--value: 1.5 is no amount of wei'],
  ])('is refused when a value is none: %o', async (settings, message) => {
    await expect(readSampleCall(settings, target, 'osaka', undefined)).rejects.toThrow(message)
  })

  it('is refused when the node cannot trace, in the node’s words', async () => {
    const url = await node({})
    const failing = readSampleCall(call, target, 'osaka', url)
    await expect(failing).rejects.toThrow(`${url}: debug_traceCall: no such method`)
  })
})
