import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, type EVM, type PrecompileInput } from '@ethereumjs/evm'
import { bytesToHex } from '@metis-stack/kernel'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Fork, PrecompileContext } from '../interface.js'
import { fromBigInt } from './bytes.js'
import { precompilesFor } from './index.js'

const context = (fork: Fork): PrecompileContext => ({
  caller: new Uint8Array(20),
  value: 0n,
  isStatic: false,
  fork,
  storage: () => new Uint8Array(32),
  code: () => new Uint8Array(0),
  codeHash: () => undefined,
})

const address = (n: number) => `0x${n.toString(16).padStart(40, '0')}`
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const word = (value: bigint) => fromBigInt(value, 32)

type Outcome = { gas: bigint; output: string | undefined }

function ours(fork: Fork, n: number, input: Uint8Array): Outcome {
  const precompile = precompilesFor(fork).get(address(n))!
  const output = precompile.run(input, context(fork))
  return { gas: precompile.gas(input, context(fork)), output: output && bytesToHex(output) }
}

const peers = new Map<Fork, EVM>()

async function peer(fork: Fork, n: number, input: Uint8Array): Promise<Outcome> {
  const evm = peers.get(fork)!
  const call = evm.precompiles.get(address(n).slice(2))!
  const gasLimit = 1n << 60n
  const result = await call({ data: input, gasLimit, common: evm.common, _EVM: evm } as PrecompileInput)
  return {
    gas: result.executionGasUsed,
    output: result.exceptionError === undefined ? bytesToHex(result.returnValue) : undefined,
  }
}

/** Outcomes agree; gas only matters where the call does not fail, since failing takes all of it. */
async function agree(fork: Fork, n: number, input: Uint8Array): Promise<void> {
  const [a, b] = [ours(fork, n, input), await peer(fork, n, input)]
  expect(a.output).toBe(b.output)
  if (a.output !== undefined) expect(a.gas).toBe(b.gas)
}

beforeAll(async () => {
  for (const fork of ['byzantium', 'istanbul', 'berlin', 'prague', 'osaka'] as const) {
    const common = new Common({ chain: Mainnet, hardfork: Hardfork[capital(fork)] })
    peers.set(fork, await createEVM({ common }))
  }
})

const capital = (fork: 'byzantium' | 'istanbul' | 'berlin' | 'prague' | 'osaka') =>
  `${fork[0]!.toUpperCase()}${fork.slice(1)}` as 'Byzantium' | 'Istanbul' | 'Berlin' | 'Prague' | 'Osaka'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
const scalar = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n })

/** Overwrites one byte, so that a valid input becomes one near the border of validity. */
const bitten = (input: fc.Arbitrary<Uint8Array>) =>
  fc
    .tuple(input, fc.nat(), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 255 }))
    .map(([data, at, dice, value]) => {
      if (dice > 0 || data.length === 0) return data
      const changed = data.slice()
      changed[at % data.length] = value
      return changed
    })

async function holds(input: fc.Arbitrary<Uint8Array>, fork: Fork, n: number, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(input, (data) => agree(fork, n, data)),
    { numRuns },
  )
}

const signed = scalar.map((seed) => {
  const key = word((seed % (secp256k1.Point.Fn.ORDER - 1n)) + 1n)
  const hash = word(seed)
  const signature = secp256k1.sign(hash, key, { prehash: false, format: 'recovered' })
  return join(hash, word(27n + BigInt(signature[0]!)), signature.subarray(1))
})

const g1Bn = scalar.map((k) => {
  const { x, y } = bn254.G1.Point.BASE.multiply((k % (bn254.G1.Point.Fn.ORDER - 1n)) + 1n).toAffine()
  return join(word(x), word(y))
})
const g2Bn = scalar.map((k) => {
  const { x, y } = bn254.G2.Point.BASE.multiply((k % (bn254.G2.Point.Fn.ORDER - 1n)) + 1n).toAffine()
  return join(word(x.c1), word(x.c0), word(y.c1), word(y.c0))
})
const field = (value: bigint) => fromBigInt(value, 64)
const g1Bls = scalar.map((k) => {
  if (k % 7n === 0n) return new Uint8Array(128)
  const { x, y } = bls12_381.G1.Point.BASE.multiply((k % (bls12_381.fields.Fr.ORDER - 1n)) + 1n).toAffine()
  return join(field(x), field(y))
})
const g2Bls = scalar.map((k) => {
  if (k % 7n === 0n) return new Uint8Array(256)
  const { x, y } = bls12_381.G2.Point.BASE.multiply((k % (bls12_381.fields.Fr.ORDER - 1n)) + 1n).toAffine()
  return join(field(x.c0), field(x.c1), field(y.c0), field(y.c1))
})
const joined = (...parts: fc.Arbitrary<Uint8Array>[]) => fc.tuple(...parts).map((all) => join(...all))
const several = (part: fc.Arbitrary<Uint8Array>, maxLength: number) =>
  fc.array(part, { maxLength }).map((all) => join(...all))
const words = scalar.map(word)

describe('precompiles agree with an independent implementation', () => {
  it('on hashes and identity', async () => {
    for (const n of [2, 3, 4]) await holds(bytes(300), 'berlin', n, 50)
  })

  it('on signature recovery', () => holds(bitten(signed), 'berlin', 1, 100))

  it('on modular exponentiation at every price', async () => {
    const operand = fc.oneof(bytes(40), bytes(200))
    const input = fc.tuple(operand, operand, operand, fc.nat(8)).map(([b, e, m, cut]) => {
      const all = join(...[b, e, m].map((x) => word(BigInt(x.length))), b, e, m)
      return all.subarray(0, all.length - cut)
    })
    for (const fork of ['byzantium', 'berlin', 'osaka'] as const) await holds(input, fork, 5, 100)
  })

  it('on bn254 addition, multiplication and pairing', async () => {
    await holds(bitten(joined(g1Bn, g1Bn)), 'byzantium', 6, 60)
    await holds(bitten(joined(g1Bn, words)), 'istanbul', 7, 60)
    await holds(bitten(several(joined(g1Bn, g2Bn), 3)), 'istanbul', 8, 20)
  })

  it('on the BLAKE2 compression function', () =>
    holds(
      fc.tuple(fc.nat(40), bytes(400), fc.boolean()).map(([rounds, fill, final]) => {
        const input = new Uint8Array(213)
        input.set(fill.subarray(0, 208), 4)
        input[3] = rounds
        input[212] = fill.length === 400 ? 2 : Number(final)
        return input
      }),
      'istanbul',
      9,
      100,
    ))

  it('on BLS12-381 additions', async () => {
    await holds(bitten(joined(g1Bls, g1Bls)), 'prague', 0x0b, 40)
    await holds(bitten(joined(g2Bls, g2Bls)), 'prague', 0x0d, 40)
  })

  it('on BLS12-381 multi-scalar multiplications', async () => {
    await holds(bitten(several(joined(g1Bls, words), 5)), 'prague', 0x0c, 30)
    await holds(bitten(several(joined(g2Bls, words), 5)), 'prague', 0x0e, 20)
  })

  it('on BLS12-381 pairings', () => holds(bitten(several(joined(g1Bls, g2Bls), 3)), 'prague', 0x0f, 20))

  it('on maps to BLS12-381', async () => {
    const element = fc.bigInt({ min: 0n, max: bls12_381.fields.Fp.ORDER + 5n }).map(field)
    await holds(element, 'prague', 0x10, 30)
    await holds(joined(element, element), 'prague', 0x11, 20)
  })

  it('on secp256r1 signatures', () =>
    holds(
      bitten(
        scalar.map((seed) => {
          const key = word((seed % (p256.Point.Fn.ORDER - 1n)) + 1n)
          const { x, y } = p256.Point.BASE.multiply(BigInt(bytesToHex(key))).toAffine()
          return join(
            word(seed),
            p256.sign(word(seed), key, { prehash: false, lowS: false }),
            word(x),
            word(y),
          )
        }),
      ),
      'osaka',
      0x100,
      60,
    ))

  it('on points on the curve but outside of the subgroup', async () => {
    const { Fp } = bls12_381.fields
    const outside: Uint8Array[] = []
    for (let x = 1n; outside.length < 4; x++) {
      try {
        const y = Fp.sqrt(Fp.add(Fp.pow(x, 3n), 4n))
        outside.push(join(field(x), field(y)))
      } catch {
        // x is not on the curve
      }
    }
    for (const [i, point] of outside.entries()) {
      await agree('prague', 0x0b, join(point, outside[(i + 1) % 4]!))
      await agree('prague', 0x0b, join(point, point))
      await agree('prague', 0x0c, join(point, word(2n)))
      expect(ours('prague', 0x0c, join(point, word(2n))).output).toBeUndefined()
      expect(ours('prague', 0x0f, join(point, new Uint8Array(256))).output).toBeUndefined()
    }
  })
})

describe('precompilesFor', () => {
  it('activates what each fork brought', () => {
    const count = (fork: Fork) => precompilesFor(fork).size
    expect([count('homestead'), count('byzantium'), count('istanbul')]).toEqual([4, 8, 9])
    expect([count('cancun'), count('prague'), count('osaka')]).toEqual([10, 17, 18])
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(bytes(600), (input) => {
        for (const precompile of precompilesFor('osaka').values()) {
          if (precompile.name === 'blake2f') continue
          expect(precompile.gas(input, context('osaka'))).toBeGreaterThanOrEqual(0n)
          precompile.run(input, context('osaka'))
        }
      }),
      { numRuns: 200 },
    )
  })
})
