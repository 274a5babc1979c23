import { createMPT } from '@ethereumjs/mpt'
import { bigIntToBytes, hexToBytes, rlp } from '@metis-stack/kernel'
import { createWalletClient, type Hex, http, keccak256, publicActions } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accounts, type DevChain, startDevChain } from '../../dev-chain.testing.js'
import { post, request } from '../../transport.testing.js'

/** Sets slots 1, 2 and 3 and leaves one byte of code. */
const deployment = '0x601160015560126002556013600355600160005360015ff3'

let dev: DevChain
let contract: Hex
beforeAll(async () => {
  dev = await startDevChain({ limits: { storageSlots: 3 } })
  const client = createWalletClient({ account: accounts[0]!, transport: http(dev.server.url) }).extend(
    publicActions,
  )
  const hash = await client.sendTransaction({ chain: null, data: deployment })
  const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
  contract = receipt.contractAddress!
})
afterAll(() => dev[Symbol.asyncDispose]())

type Account = {
  balance: string
  nonce: number
  root: Hex
  codeHash: Hex
  code?: Hex
  storage?: Record<Hex, string>
  key: Hex
}
type Dump = { root: string; accounts: Record<string, Account>; next?: Hex }

async function ask(method: string, ...params: unknown[]): Promise<Dump> {
  const { json } = await post(dev.server.url, request(method, params))
  const { result, error } = json()
  if (error) throw Object.assign(new Error(error.message), error)
  return result
}

/** The root of a trie with these leaves, by somebody else's code. */
async function rootOf(leaves: [Hex, Uint8Array][]): Promise<string> {
  const trie = await createMPT()
  for (const [key, value] of leaves) await trie.put(hexToBytes(key), value)
  return `0x${Buffer.from(trie.root()).toString('hex')}`
}

describe('a dump', () => {
  it('is the whole state: its accounts and slots make the block’s root', async () => {
    const { root, accounts: told, next } = await ask('debug_dumpBlock', 'latest')
    expect(next).toBeUndefined()
    expect(`0x${root}`).toBe(dev.chain.head.header.stateRoot)
    const leaves: [Hex, Uint8Array][] = []
    for (const { key, nonce, balance, root, codeHash, storage } of Object.values(told)) {
      if (storage) {
        const slots = Object.entries(storage) as [Hex, string][]
        expect(await rootOf(slots.map(([slot, value]) => [slot, rlp.encode(hexToBytes(`0x${value}`))]))).toBe(
          root,
        )
      }
      leaves.push([
        key,
        rlp.encode([
          bigIntToBytes(BigInt(nonce)),
          bigIntToBytes(BigInt(balance)),
          hexToBytes(root),
          hexToBytes(codeHash),
        ]),
      ])
    }
    expect(await rootOf(leaves)).toBe(dev.chain.head.header.stateRoot)
  })

  it('names accounts by the hashes of their addresses, with code and slots', async () => {
    const { accounts: told } = await ask('debug_dumpBlock', 'latest')
    const key = keccak256(contract)
    const slots = [1, 2, 3].map((slot) => keccak256(`0x${slot.toString(16).padStart(64, '0')}`))
    expect(told[`pre(${key})`]).toMatchObject({
      key,
      nonce: 1,
      code: '0x01',
      storage: Object.fromEntries(slots.map((slot, i) => [slot, (0x11 + i).toString(16)])),
    })
  })

  it('comes in pages that tell every account once', async () => {
    const { accounts: all } = await ask('debug_dumpBlock', 'latest')
    const told: string[] = []
    let start: Hex | undefined = '0x'
    while (start !== undefined) {
      const page: Dump = await ask('debug_accountRange', 'latest', start, 2, true, true)
      const names = Object.keys(page.accounts)
      expect(names.length).toBeLessThanOrEqual(2)
      expect(Object.values(page.accounts).some(({ code, storage }) => code ?? storage)).toBe(false)
      told.push(...names)
      start = page.next
    }
    expect(told).toEqual(Object.keys(all))
  })

  it('is refused for a state that is not there, and for more slots than an answer may hold', async () => {
    await expect(ask('debug_dumpBlock', '0xffff')).rejects.toThrow()
    await expect(ask('debug_accountRange', 'latest', `0x${'00'.repeat(33)}`)).rejects.toMatchObject({
      code: -32602,
    })
    const client = createWalletClient({ account: accounts[1]!, transport: http(dev.server.url) }).extend(
      publicActions,
    )
    const hash = await client.sendTransaction({ chain: null, data: `0x6001600455${deployment.slice(2)}` })
    await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
    await expect(ask('debug_dumpBlock', 'latest')).rejects.toThrow('more than 3 slots')
    expect((await ask('debug_accountRange', 'latest', '0x', 256, false, true)).next).toBeUndefined()
  })
})
