import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cidOf } from './cid.js'
import { VaultError, type VaultErrorCode } from './errors.js'
import { publicKeyOf } from './keys.js'
import { createFileStore } from './node.js'
import { type BlockStore, createMemoryStore } from './store/blockStore.js'
import { grant, listGrantees, open, reseal, revoke, seal } from './vault.js'

const key = (seed: number): Uint8Array => new Uint8Array(32).fill(seed)
const [alice, bob, eve] = [key(1), key(2), key(3)]
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

async function codeOf(action: Promise<unknown>): Promise<VaultErrorCode | undefined> {
  try {
    await action
  } catch (error) {
    expect(error).toBeInstanceOf(VaultError)
    return (error as VaultError).code
  }
  return undefined
}

/** A store that shows and lets change what it holds. */
function openStore(): BlockStore & { blocks: Map<string, Uint8Array> } {
  const blocks = new Map<string, Uint8Array>()
  return {
    blocks,
    put: async (cid, block) => void blocks.set(cid, block),
    get: async (cid) => blocks.get(cid),
  }
}

describe('vault', () => {
  it('gives back what was sealed, for any length around the chunk size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 70 }),
        fc.integer({ min: 1, max: 20 }),
        async (data, chunkBytes) => {
          const store = createMemoryStore()
          const { grants } = await seal(data, { grantees: [publicKeyOf(alice)], store, chunkBytes })
          expect(await open(grants, { privateKey: alice, store })).toEqual(data)
        },
      ),
    )
  })

  it('takes a stream of parts of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 8 }), async (parts) => {
        const store = createMemoryStore()
        async function* stream(): AsyncGenerator<Uint8Array> {
          yield* parts
        }
        const { grants } = await seal(stream(), { grantees: [publicKeyOf(alice)], store, chunkBytes: 16 })
        const whole = Uint8Array.from(parts.flatMap((part) => [...part]))
        expect(await open(grants, { privateKey: alice, store })).toEqual(whole)
      }),
    )
  })

  it('seals megabytes', async () => {
    const data = new Uint8Array(3_000_001).map((_, i) => i * 31)
    const store = createMemoryStore()
    const { grants } = await seal(data, { grantees: [publicKeyOf(alice)], store })
    expect(Buffer.compare(await open(grants, { privateKey: alice, store }), data)).toBe(0)
  })

  it('opens for every grantee, compressed key or not, and for nobody else', async () => {
    const store = createMemoryStore()
    const uncompressed = secp256k1.getPublicKey(bob, false)
    const { grants } = await seal(text('secret'), { grantees: [publicKeyOf(alice), uncompressed], store })
    expect(await open(grants, { privateKey: alice, store })).toEqual(text('secret'))
    expect(await open(grants, { privateKey: bob, store })).toEqual(text('secret'))
    expect(await codeOf(open(grants, { privateKey: eve, store }))).toBe('notGranted')
  })

  it('names content by real CIDs that say nothing of the plaintext', async () => {
    const store = openStore()
    const options = { grantees: [publicKeyOf(alice)], store }
    const first = await seal(text('same'), options)
    const second = await seal(text('same'), options)
    expect(first.content).not.toBe(second.content)
    for (const [name, block] of store.blocks) {
      const cid = CID.parse(name)
      expect(cid.multihash).toEqual(await sha256.digest(block))
      expect(Buffer.from(block).includes(text('same'))).toBe(false)
    }
    // The CIDv1 that IPFS gives "hello" as a raw leaf.
    expect(cidOf(text('hello'))).toBe('bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq')
  })

  it('grants and revokes without touching the content', async () => {
    const store = createMemoryStore()
    const sealed = await seal(text('data'), { grantees: [publicKeyOf(alice)], store })
    const granted = await grant(sealed.grants, { privateKey: alice, grantee: publicKeyOf(bob), store })
    expect(await open(granted, { privateKey: bob, store })).toEqual(text('data'))
    expect((await listGrantees(granted, { store })).content).toBe(sealed.content)

    const revoked = await revoke(granted, { privateKey: alice, grantee: publicKeyOf(bob), store })
    expect(await codeOf(open(revoked, { privateKey: bob, store }))).toBe('notGranted')
    expect(await open(revoked, { privateKey: alice, store })).toEqual(text('data'))
    expect((await listGrantees(revoked, { store })).grantees).toEqual([publicKeyOf(alice)])
    expect(await codeOf(revoke(revoked, { privateKey: alice, grantee: publicKeyOf(bob), store }))).toBe(
      'notGranted',
    )
  })

  it('reseals under a new key, so that an old grant opens the old version only', async () => {
    const store = createMemoryStore()
    const old = await seal(text('v1'), { grantees: [publicKeyOf(alice), publicKeyOf(bob)], store })
    const fresh = await reseal(old.grants, { privateKey: alice, grantees: [publicKeyOf(alice)], store })
    expect(fresh.content).not.toBe(old.content)
    expect(await open(fresh.grants, { privateKey: alice, store })).toEqual(text('v1'))
    expect(await codeOf(open(fresh.grants, { privateKey: bob, store }))).toBe('notGranted')
  })

  it('reports any change of any stored byte', async () => {
    const store = openStore()
    const { grants } = await seal(new Uint8Array(50), {
      grantees: [publicKeyOf(alice)],
      store,
      chunkBytes: 16,
    })
    const names = [...store.blocks.keys()]
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, where, flip) => {
        const name = names[which % names.length]!
        const block = store.blocks.get(name)!
        const at = where % block.length
        block[at]! ^= flip
        expect(await codeOf(open(grants, { privateKey: alice, store }))).toBe('tampered')
        block[at]! ^= flip
      }),
    )
  })

  it('survives a store that lies with matching names: reordered, cut, repeated or foreign chunks', async () => {
    const store = openStore()
    const { content, grants } = await seal(new Uint8Array(48), {
      grantees: [publicKeyOf(alice)],
      store,
      chunkBytes: 16,
    })
    const manifest = JSON.parse(new TextDecoder().decode(store.blocks.get(content))) as Manifest
    const forge = async (change: Partial<Manifest>): Promise<VaultErrorCode | undefined> => {
      // The attacker renames the content but cannot wrap: the grant is bound to the old name.
      const block = text(JSON.stringify({ ...manifest, ...change }))
      const name = cidOf(block, 'json')
      store.blocks.set(name, block)
      const document = JSON.parse(new TextDecoder().decode(store.blocks.get(grants))) as object
      const forged = text(JSON.stringify({ ...document, content: name }))
      store.blocks.set(cidOf(forged, 'json'), forged)
      return codeOf(open(cidOf(forged, 'json'), { privateKey: alice, store }))
    }
    const [a, b, c] = manifest.chunks as [string, string, string]
    expect(await forge({ chunks: [b, a, c] })).toBe('notGranted')
    expect(await forge({ chunks: [a, b], bytes: 32 })).toBe('notGranted')
    expect(await forge({ keyCommitment: '00'.repeat(32) })).toBe('notGranted')
  })

  it('refuses reordered and cut chunks even from a writer who knows the key', async () => {
    const { createChunkCipher } = await import('./cipher.js')
    const cipher = await createChunkCipher(key(9), new Uint8Array(7))
    const first = await cipher.encrypt(text('one'), 0, false)
    const second = await cipher.encrypt(text('two'), 1, true)
    expect(await cipher.decrypt(first, 0, false)).toEqual(text('one'))
    expect(await codeOf(cipher.decrypt(second, 0, false))).toBe('tampered')
    expect(await codeOf(cipher.decrypt(first, 0, true))).toBe('tampered')
    expect(await codeOf(cipher.decrypt(first.subarray(0, 5), 0, false))).toBe('tampered')
  })

  it('reports a block that is gone', async () => {
    const store = openStore()
    const { grants, content } = await seal(text('x'), { grantees: [publicKeyOf(alice)], store })
    store.blocks.delete(content)
    expect(await codeOf(open(grants, { privateKey: alice, store }))).toBe('missingBlock')
  })

  it('refuses what is no key', async () => {
    const store = createMemoryStore()
    const notOnCurve = Uint8Array.of(2, ...new Uint8Array(32).fill(0xff))
    for (const bad of [new Uint8Array(), new Uint8Array(33), notOnCurve, publicKeyOf(alice).subarray(1)]) {
      expect(await codeOf(seal(text('x'), { grantees: [bad], store }))).toBe('invalidKey')
    }
    const { grants } = await seal(text('x'), { grantees: [publicKeyOf(alice)], store })
    for (const bad of [new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(0xff)]) {
      expect(await codeOf(open(grants, { privateKey: bad, store }))).toBe('invalidKey')
    }
  })

  it('answers documents of any content with a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (document) => {
        const store = openStore()
        const block = text(document)
        store.blocks.set(cidOf(block, 'json'), block)
        expect(await codeOf(open(cidOf(block, 'json'), { privateKey: alice, store }))).toBe('malformed')
      }),
    )
    expect(await codeOf(open('../../etc/passwd', { privateKey: alice, store: openStore() }))).toBe(
      'missingBlock',
    )
  })
})

type Manifest = { chunks: string[]; bytes: number; keyCommitment: string }

describe('file store', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'vault-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  it('keeps blocks for another store over the same directory', async () => {
    const grantees = [publicKeyOf(alice)]
    const { grants } = await seal(text('on disk'), { grantees, store: createFileStore(directory) })
    expect(await open(grants, { privateKey: alice, store: createFileStore(directory) })).toEqual(
      text('on disk'),
    )
  })

  it('has no block it was not given, and takes no path for an identifier', async () => {
    const store = createFileStore(directory)
    expect(await store.get(cidOf(text('absent')))).toBeUndefined()
    expect(await codeOf(store.get('../../../etc/passwd'))).toBe('malformed')
  })
})
