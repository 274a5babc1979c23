import type { Operator, Program } from '@metis-stack/inference'
import {
  type Address,
  bytesToHex,
  concatHex,
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  numberToHex,
} from 'viem'
import { type AnvilNode, startAnvil } from '../../anvil.js'
import { compileSolidity } from '../../solidity.js'

export type SolidityMlp = AsyncDisposable & {
  infer(input: Uint8Array): Promise<{ output: Hex; gas: bigint }>
  /** A call that does next to nothing: what JSON-RPC and anvil take in any case. */
  idle(): Promise<unknown>
}

const contract: Address = '0x00000000000000000000000000000000000c0de0'
const chunkBytes = 24_575

/** The program as `MlpSol` on anvil, its parameters as contract code. */
export async function deployMlp(program: Program): Promise<SolidityMlp> {
  const { abi, deployedBytecode } = compileSolidity('MlpSol.sol', 'MlpSol')
  const node = await startAnvil()
  await setCode(node, contract, deployedBytecode)
  const layers = program.operators.filter((operator) => operator.kind === 'dense')
  const data = parametersOf(layers)
  const chunks: Address[] = []
  for (let at = 0; at < data.length; at += chunkBytes) {
    const address = numberToHex(0xda7a_0000 + chunks.length, { size: 20 })
    await setCode(node, address, concatHex(['0x00', bytesToHex(data.subarray(at, at + chunkBytes))]))
    chunks.push(address)
  }
  const shifts = layers.map(({ output }) => (output.type === 'i32' ? 0n : BigInt(output.shift)))
  return {
    async infer(input) {
      const args = [chunks, shifts, bytesToHex(input)] as const
      const call = encodeFunctionData({ abi, functionName: 'infer', args })
      const { data: returned = '0x' } = await node.client.call({
        to: contract,
        data: call,
        gas: 1_000_000_000n,
      })
      const [output, gas] = decodeFunctionResult({ abi, functionName: 'infer', data: returned }) as [
        Hex,
        bigint,
      ]
      return { output, gas }
    },
    idle: () => node.client.call({ to: '0x0000000000000000000000000000000000000004', data: '0x00' }),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}

function setCode(node: AnvilNode, address: Address, code: Hex): Promise<unknown> {
  return node.client.request({ method: 'anvil_setCode' as never, params: [address, code] as never })
}

/** Weights of all layers, then biases and multipliers of each, big-endian. */
function parametersOf(layers: readonly Extract<Operator, { kind: 'dense' }>[]): Uint8Array {
  const scales = layers.flatMap(({ bias, columns, output }) => {
    if (output.type === 'i32') throw new Error('MlpSol needs rescaled layers')
    const { multipliers } = output
    const each = multipliers.length === columns ? multipliers : new Int32Array(columns).fill(multipliers[0]!)
    return [...bias, ...each]
  })
  const view = new DataView(new ArrayBuffer(scales.length * 4))
  scales.forEach((value, i) => {
    view.setInt32(i * 4, value)
  })
  return Buffer.concat([
    ...layers.map(({ weights }) => new Uint8Array(weights.buffer, weights.byteOffset, weights.length)),
    new Uint8Array(view.buffer),
  ])
}
