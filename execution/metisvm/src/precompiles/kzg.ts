import { createHash } from 'node:crypto'
import { hexToBytes } from '@metis-stack/kernel'
import type { Precompile } from '../interface.js'
import { bls12381, isInSubgroupG1 } from './bls12381/points.js'
import { fromBigInt } from './bytes.js'
import { frSize, g1Size, g2Size } from './mcl.js'

const commitmentSize = 48
const scalarSize = 32
const inputSize = 32 + 2 * scalarSize + 2 * commitmentSize
const versionedHashVersion = 0x01
const groupOrder = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const fieldElementsPerBlob = 4096n

const g1Generator =
  '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const g2Generator =
  '0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'

/** [τ]G2 of Ethereum's KZG ceremony: all of the trusted set-up that checking a proof needs. */
const tauG2 =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

/** The fixed points, decoded once: G1's generator, and what pairings with −G2 and with [τ]G2 need of them. */
function loadConstants(): { generator: number; minusG2: number; tau: number } {
  const { c } = bls12381
  const lines = 8 * c._mclBn_getUint64NumToPrecompute()
  const generator = c._malloc(g1Size + g2Size + 2 * lines)
  const point = generator + g1Size
  const minusG2 = point + g2Size
  const tau = minusG2 + lines
  const decode = (
    hex: string,
    size: number,
    read: (result: number, buffer: number, length: number) => number,
    to: number,
  ) => {
    if (read(to, bls12381.put(hexToBytes(hex)), size) !== size)
      throw new Error('KZG constant does not decode')
  }
  decode(g1Generator, commitmentSize, c._mclBnG1_deserialize, generator)
  decode(g2Generator, 2 * commitmentSize, c._mclBnG2_deserialize, point)
  c._mclBnG2_neg(point, point)
  c._mclBn_precomputeG2(minusG2, point)
  decode(tauG2, 2 * commitmentSize, c._mclBnG2_deserialize, point)
  c._mclBn_precomputeG2(tau, point)
  return { generator, minusG2, tau }
}

const { generator, minusG2, tau } = loadConstants()

function readCommitment(result: number, bytes: Uint8Array): boolean {
  const read = bls12381.c._mclBnG1_deserialize(result, bls12381.put(bytes), commitmentSize)
  return read === commitmentSize && isInSubgroupG1(result)
}

function readScalar(result: number, bytes: Uint8Array): boolean {
  return bls12381.c._mclBnFr_deserialize(result, bls12381.put(bytes), scalarSize) === scalarSize
}

/**
 * Does `proof` show that the polynomial committed to by `commitment` has the value `y` at `z` (EIP-4844)? Checked as
 * e(C − y·G1 + z·π, −G2) · e(π, [τ]G2) = 1. 48-byte points, 32-byte scalars; `undefined` when one of them is malformed.
 */
export function verifyKzgProof(
  commitment: Uint8Array,
  z: Uint8Array,
  y: Uint8Array,
  proof: Uint8Array,
): boolean | undefined {
  if (commitment.length !== commitmentSize || proof.length !== commitmentSize) return undefined
  if (z.length !== scalarSize || y.length !== scalarSize) return undefined
  const { c } = bls12381
  return bls12381.withScratch(4 * g1Size + 2 * frSize, (left) => {
    // Two terms side by side: the generator times −y, the proof times z.
    const points = left + g1Size
    const pi = points + g1Size
    const sum = pi + g1Size
    const minusY = sum + g1Size
    const zScalar = minusY + frSize
    if (!readScalar(minusY, y) || !readScalar(zScalar, z)) return undefined
    if (!readCommitment(left, commitment) || !readCommitment(pi, proof)) return undefined
    new Uint8Array(c.wasmMemory.buffer).copyWithin(points, generator, generator + g1Size)
    c._mclBnFr_neg(minusY, minusY)
    c._mclBnG1_mulVec(sum, points, minusY, 2)
    c._mclBnG1_add(left, left, sum)
    const piIsZero = c._mclBnG1_isZero(pi) === 1
    if (c._mclBnG1_isZero(left) === 1) return piIsZero
    return piIsZero ? false : bls12381.precomputedPairingIsOne(left, minusG2, pi, tau)
  })
}

const output = new Uint8Array(64)
output.set(fromBigInt(fieldElementsPerBlob, 32))
output.set(fromBigInt(groupOrder, 32), 32)

/** 0x0a: checks a KZG opening against a blob's versioned hash (EIP-4844). 50,000 gas. */
export const kzgPointEvaluation: Precompile = {
  name: 'kzgPointEvaluation',
  gas: () => 50_000n,
  run(input) {
    if (input.length !== inputSize) return undefined
    const commitment = input.subarray(96, 144)
    const versionedHash = createHash('sha256').update(commitment).digest()
    versionedHash[0] = versionedHashVersion
    if (!versionedHash.equals(input.subarray(0, 32))) return undefined
    const proven = verifyKzgProof(
      commitment,
      input.subarray(32, 64),
      input.subarray(64, 96),
      input.subarray(144, 192),
    )
    return proven === true ? output.slice() : undefined
  },
}
