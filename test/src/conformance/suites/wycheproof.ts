import { createHash } from 'node:crypto'
import { keccak256 } from '@metis-stack/kernel'
import { ecrecover, precompilesFor } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed, type SuiteAdapter, skipped } from '../cases.js'
import { filesBelow, readJson } from '../files.js'
import { bytesOf } from '../hex.js'
import { readDerSignature, readPlainSignature, type Signature } from './ecdsaSignature.js'

type EcdsaTest = {
  tcId: number
  comment: string
  msg: string
  sig: string
  result: 'valid' | 'invalid' | 'acceptable'
}
type EcdsaFile = {
  algorithm: string
  testGroups: { publicKey: { uncompressed: string }; tests: EcdsaTest[] }[]
}

type Verify = (hash: Uint8Array, signature: Signature, key: Uint8Array) => boolean

const p256Verify = precompilesFor('osaka').get(`0x${'100'.padStart(40, '0')}`)!

/** Project Wycheproof's signature vectors, against signature recovery and the P256VERIFY precompile. */
export const wycheproofTests: SuiteAdapter = {
  units: (root) => filesBelow(root, '.json'),

  async run(root, unit): Promise<CaseResult[]> {
    const [, curve, hash] =
      /^ecdsa_(secp256k1|secp256r1)_([a-z0-9_]+?)(_bitcoin|_p1363)?_test\.json$/.exec(unit) ?? []
    if (curve === undefined || hash === undefined)
      return [skipped(unit, 'a primitive that the stack does not implement itself')]
    const file = await readJson<EcdsaFile>(root, unit)
    const read = unit.includes('_p1363') ? readPlainSignature : readDerSignature
    // Bitcoin's rule, which is also EIP-2's: s at most half of the order.
    const lowOnly = unit.includes('_bitcoin')
    const verify = curve === 'secp256k1' ? verifyByRecovery : verifyByPrecompile
    return file.testGroups.flatMap(({ publicKey, tests }) =>
      tests.map((test) => {
        const name = `${unit} ${test.tcId} ${test.comment}`
        const signature = read(bytesOf(test.sig))
        const valid =
          signature !== undefined &&
          !(lowOnly && signature.s > halfOrder) &&
          verify(digest(hash, bytesOf(test.msg)), signature, bytesOf(publicKey.uncompressed))
        const agrees = test.result === 'acceptable' || valid === (test.result === 'valid')
        return agrees ? passed(name) : failed(name, `${valid ? 'valid' : 'invalid'}, expected ${test.result}`)
      }),
    )
  },
}

const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/** The leftmost 32 bytes of the message's hash, as ECDSA takes them. */
function digest(name: string, message: Uint8Array): Uint8Array {
  const algorithm = name.replace(/^sha3_/, 'sha3-')
  const options = algorithm.startsWith('shake') ? { outputLength: algorithm === 'shake128' ? 32 : 64 } : {}
  return new Uint8Array(createHash(algorithm, options).update(message).digest()).slice(0, 32)
}

function word(value: bigint): Uint8Array {
  return bytesOf(value.toString(16).padStart(64, '0'))
}

/** A signature is the key's if one of the two keys that it recovers to has the key's address. */
const verifyByRecovery: Verify = (hash, { r, s }, key) => {
  if (r >> 256n !== 0n || s >> 256n !== 0n) return false
  const expected = Buffer.from(keccak256(key.subarray(1)).subarray(12))
  return [0, 1].some((parity) => {
    const address = ecrecover(hash, word(r), word(s), parity)
    return address !== undefined && expected.equals(address)
  })
}

const verifyByPrecompile: Verify = (hash, { r, s }, key) => {
  if (r >> 256n !== 0n || s >> 256n !== 0n) return false
  const input = new Uint8Array(Buffer.concat([hash, word(r), word(s), key.subarray(1)]))
  const context = {
    caller: new Uint8Array(20),
    value: 0n,
    isStatic: true,
    fork: 'osaka' as const,
    storage: () => new Uint8Array(32),
    code: () => new Uint8Array(0),
    codeHash: () => undefined,
  }
  return p256Verify.run(input, context)?.[31] === 1
}
