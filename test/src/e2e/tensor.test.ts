import { buildGenesis, Chain } from '@metis-stack/chain'
import { TensorCallError, tensorActions } from '@metis-stack/client'
import { createMemoryState } from '@metis-stack/metisdb'
import { createEvm, createTensorPrecompiles } from '@metis-stack/metisvm'
import { createRpcServer, type RpcServer } from '@metis-stack/rpc'
import { tinyClassifierAbi, tinyClassifierBytecode } from '@metis-stack/value-contracts'
import { bytesToHex, createWalletClient, encodeDeployData, type Hex, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/*
 * A chain with Hyperion's tensor precompiles behind JSON-RPC: a contract that uses them through Tensor.sol, and the actions of the
 * client, against plain JavaScript.
 */
const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const depth = 20
const labels = 3
const weights = Int8Array.from({ length: labels * depth }, (_, i) => ((i * 37 + 11) % 255) - 127)
const bias = Int32Array.of(500, -1200, 77)
const pixels = Uint8Array.from({ length: depth }, (_, i) => (i * 53 + 7) & 255)
const scores = Int32Array.from(bias, (start, label) =>
  pixels.reduce((sum, pixel, i) => sum + pixel * weights[label * depth + i]!, start),
)
const best = scores.indexOf(Math.max(...scores))

let chain: Chain
let server: RpcServer

beforeAll(async () => {
  const evm = createEvm()
  const config = {
    kind: 'l2',
    chainId: 1_337_170n,
    forks: [{ fork: 'osaka', time: 0n }],
    feeMarket: { elasticity: 6n, denominator: 250n },
    gasLimit: 30_000_000n,
    feeRecipients: {},
    precompiles: createTensorPrecompiles(),
  } as const
  const alloc = { [account.address.toLowerCase()]: { balance: 10n ** 20n } }
  const timestamp = BigInt(Math.floor(Date.now() / 1000))
  const genesis = buildGenesis({ config, alloc, predeploys: [], timestamp }, { evm })
  chain = await Chain.open({}, { config, evm, state: createMemoryState(), genesis })
  server = await createRpcServer({ port: 0 }, { chain })
})

afterAll(async () => {
  await server.close()
  await chain.close()
})

const client = () =>
  createWalletClient({ account, transport: http(server.url) })
    .extend(publicActions)
    .extend(tensorActions())

const packed = (values: Int32Array): Hex => {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => {
    view.setInt32(4 * i, value)
  })
  return bytesToHex(new Uint8Array(view.buffer))
}

describe('tensor operations over JSON-RPC', () => {
  it('serve a contract that scores by MATMUL, decides by ARGMAX and is sure by SOFTMAX', async () => {
    const rows = bytesToHex(new Uint8Array(weights.buffer))
    const data = encodeDeployData({
      abi: tinyClassifierAbi,
      bytecode: tinyClassifierBytecode,
      args: [depth, labels, rows, packed(bias)],
    })
    const hash = await client().sendTransaction({ chain: null, data, gas: 5_000_000n, type: 'legacy' })
    await chain.produce({
      timestamp: chain.head.header.timestamp + 1n,
      prevRandao: `0x${'11'.repeat(32)}`,
    })
    const { contractAddress } = await client().getTransactionReceipt({ hash })
    const [label, confidence, accumulators] = await client().readContract({
      address: contractAddress!,
      abi: tinyClassifierAbi,
      functionName: 'classify',
      args: [bytesToHex(pixels)],
    })
    expect(accumulators).toBe(packed(scores))
    expect(label).toBe(best)
    expect(confidence).toBeGreaterThan(85)
    await expect(
      client().readContract({
        address: contractAddress!,
        abi: tinyClassifierAbi,
        functionName: 'classify',
        args: ['0x00'],
      }),
    ).rejects.toThrow('TensorCallFailed')
  })

  it('serve the actions of the client', async () => {
    const chained = client()
    const x = { values: pixels }
    const product = await chained.matmul({ x, rows: 1, depth, columns: labels, weights, bias })
    expect(product).toEqual(scores)
    const scale = { type: 'i8', multiplier: 2 ** 25, shift: 32 } as const
    const logits = await chained.matmul({ x, rows: 1, depth, columns: labels, weights, bias, scale })
    const rounded = (score: number): number => Math.max(-128, Math.min(127, Math.floor(score / 128 + 0.5)))
    expect(logits).toEqual(Int8Array.from(scores, rounded))
    expect(await chained.argmax({ x: product, rows: 1, depth: labels })).toEqual(Uint32Array.of(best))
    const odds = await chained.softmax({
      x: logits as Int8Array,
      rows: 1,
      depth: labels,
      multiplier: 2 ** 24,
      shift: 20,
    })
    expect(odds.indexOf(Math.max(...odds))).toBe(best)
    expect(
      await chained.embed({ table: scores, rows: 3, columns: 1, indexes: Uint32Array.of(2, 0) }),
    ).toEqual(Int32Array.of(scores[2]!, scores[0]!))
    // A 1 × 1 window with one channel only multiplies.
    const tripled = await chained.conv2d({
      x,
      shape: [4, 5, 1],
      outputs: 1,
      kernel: [1, 1],
      weights: Int8Array.of(3),
    })
    expect(tripled).toEqual(Int32Array.from(pixels, (pixel) => 3 * pixel))
  })

  it('tell a typed error when shapes do not fit', async () => {
    const wrong = client().argmax({ x: pixels, rows: 3, depth })
    await expect(wrong).rejects.toBeInstanceOf(TensorCallError)
  })
})
