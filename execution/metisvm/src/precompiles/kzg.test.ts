import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { describe, expect, it } from 'vitest'
import type { PrecompileContext } from '../interface.js'
import { kzgPointEvaluation, verifyKzgProof } from './kzg.js'

/** The vector of go-ethereum's precompile tests. */
const evaluation = hexToBytes(
  '0x01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b' +
    '564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306' +
    '24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1' +
    '8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7' +
    '873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a',
)

const context = {} as PrecompileContext
const run = (input: Uint8Array) => kzgPointEvaluation.run(input, context)

/** A constant polynomial has a commitment and proofs that need no set-up. */
function constantPolynomial(value: bigint) {
  return {
    commitment: bls12_381.G1.Point.BASE.multiply(value).toBytes(true),
    value: bls12_381.fields.Fr.toBytes(value),
    proof: bls12_381.G1.Point.ZERO.toBytes(true),
  }
}

describe('KZG point evaluation', () => {
  it('accepts a proof and answers with the field and its size', () => {
    const output = run(evaluation)
    expect(output && bytesToHex(output)).toBe(
      `0x${(4096).toString(16).padStart(64, '0')}73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001`,
    )
  })

  it('fails when any byte is another, or the length is', () => {
    for (const at of [0, 31, 40, 95, 96, 143, 150, 191]) {
      const changed = evaluation.slice()
      changed[at]! ^= 1
      expect(run(changed), `byte ${at}`).toBeUndefined()
    }
    expect(run(evaluation.subarray(1))).toBeUndefined()
    expect(run(new Uint8Array([...evaluation, 0]))).toBeUndefined()
  })

  it('accepts the proof at infinity for a constant polynomial only with its value', () => {
    const { commitment, value, proof } = constantPolynomial(5n)
    const z = constantPolynomial(123n).value
    expect(verifyKzgProof(commitment, z, value, proof)).toBe(true)
    expect(verifyKzgProof(commitment, z, z, proof)).toBe(false)
  })

  it('tells a malformed point or scalar from a wrong proof', () => {
    const { commitment, value, proof } = constantPolynomial(5n)
    const aboveOrder = new Uint8Array(32).fill(0xff)
    expect(verifyKzgProof(commitment, aboveOrder, value, proof)).toBeUndefined()
    expect(verifyKzgProof(new Uint8Array(48), value, value, proof)).toBeUndefined()
    expect(verifyKzgProof(commitment.subarray(1), value, value, proof)).toBeUndefined()
  })
})
