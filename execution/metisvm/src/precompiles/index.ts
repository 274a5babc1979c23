import { type Fork, forks, type Precompile } from '../interface.js'
import { blake2f } from './blake2f.js'
import { blsG1Add, blsG2Add } from './bls12381/add.js'
import { blsMapFp2ToG2, blsMapFpToG1 } from './bls12381/map.js'
import { blsG1Msm, blsG2Msm } from './bls12381/msm.js'
import { blsPairing } from './bls12381/pairing.js'
import { bn254Add } from './bn254/add.js'
import { bn254Mul } from './bn254/mul.js'
import { bn254Pairing } from './bn254/pairing.js'
import { ecrecover } from './ecrecover.js'
import { identity } from './identity.js'
import { kzgPointEvaluation } from './kzg.js'
import { modexpBerlin, modexpByzantium, modexpOsaka } from './modexp.js'
import { p256Verify } from './p256Verify.js'
import { ripemd160 } from './ripemd160.js'
import { sha256 } from './sha256.js'

export { verifyKzgProof } from './kzg.js'
export { ecrecover } from './secp256k1.js'

type Introduction = [since: Fork, address: number, precompile: Precompile]

/** Which fork brought or repriced what; a later line for an address replaces an earlier one. */
const introductions: Introduction[] = [
  ['frontier', 0x01, ecrecover],
  ['frontier', 0x02, sha256],
  ['frontier', 0x03, ripemd160],
  ['frontier', 0x04, identity],
  ['byzantium', 0x05, modexpByzantium],
  ['byzantium', 0x06, bn254Add(500n)],
  ['byzantium', 0x07, bn254Mul(40_000n)],
  ['byzantium', 0x08, bn254Pairing({ base: 100_000n, pair: 80_000n })],
  ['istanbul', 0x06, bn254Add(150n)],
  ['istanbul', 0x07, bn254Mul(6_000n)],
  ['istanbul', 0x08, bn254Pairing({ base: 45_000n, pair: 34_000n })],
  ['istanbul', 0x09, blake2f],
  ['berlin', 0x05, modexpBerlin],
  ['cancun', 0x0a, kzgPointEvaluation],
  ['prague', 0x0b, blsG1Add],
  ['prague', 0x0c, blsG1Msm],
  ['prague', 0x0d, blsG2Add],
  ['prague', 0x0e, blsG2Msm],
  ['prague', 0x0f, blsPairing],
  ['prague', 0x10, blsMapFpToG1],
  ['prague', 0x11, blsMapFp2ToG2],
  ['osaka', 0x05, modexpOsaka],
  ['osaka', 0x100, p256Verify],
]

const hexAddress = (address: number): string => `0x${address.toString(16).padStart(40, '0')}`

function collect(fork: Fork): ReadonlyMap<string, Precompile> {
  const active = introductions.filter(([since]) => forks.indexOf(since) <= forks.indexOf(fork))
  return new Map(active.map(([, address, precompile]) => [hexAddress(address), precompile]))
}

const byFork = new Map<Fork, ReadonlyMap<string, Precompile>>()

/** Ethereum's precompiles at `fork`, keyed by lower-case 0x address, with that fork's prices. */
export function precompilesFor(fork: Fork): ReadonlyMap<string, Precompile> {
  let precompiles = byFork.get(fork)
  if (precompiles === undefined) {
    precompiles = collect(fork)
    byFork.set(fork, precompiles)
  }
  return precompiles
}
