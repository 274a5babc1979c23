import { bytesToHex } from '@metis-stack/kernel'
import { decodeFunctionResult, encodeFunctionData, type Hex, hexToBytes } from 'viem'
import { compileSolidity } from '../../solidity.js'
import { Deployment } from '../deployment.js'
import { callerAddress } from '../driver.js'
import type { Program } from '../program.js'
import { addressOf } from '../world.js'

export type Market = { trader: Uint8Array; router: Uint8Array; tokens: [Uint8Array, Uint8Array] }

/**
 * Sets up a pool of two tokens, a router, and a trader that owns the rest of both; `owner`, if given, has tokens and lets the router
 * take them.
 */
export function openMarket(deployment: Deployment, owner?: Uint8Array): Market {
  const { abi, bytecode } = compileSolidity('Swap.sol', 'Trader')
  const trader = deployment.create(hexToBytes(bytecode))
  const read = (functionName: string): Uint8Array => {
    const output = deployment.call(
      callerAddress,
      trader,
      hexToBytes(encodeFunctionData({ abi, functionName })),
    )
    return hexToBytes(decodeFunctionResult({ abi, functionName, data: bytesToHex(output) }) as Hex)
  }
  const [a, b, router] = [read('a'), read('b'), read('router')]
  if (owner) {
    const fund = encodeFunctionData({ abi, functionName: 'fund', args: [bytesToHex(owner)] })
    deployment.call(owner, trader, hexToBytes(fund))
    const token = compileSolidity('Swap.sol', 'Token')
    const args = [bytesToHex(router), 2n ** 256n - 1n]
    const approve = encodeFunctionData({ abi: token.abi, functionName: 'approve', args })
    deployment.call(owner, a, hexToBytes(approve))
  }
  return { trader, router, tokens: [a, b] }
}

/** Twenty swaps through router, pair and two tokens. */
export function swapProgram(): Program {
  const deployment = new Deployment()
  const { trader } = openMarket(deployment)
  const { abi } = compileSolidity('Swap.sol', 'Trader')
  return {
    name: 'swaps, Uniswap V2-like',
    class: 'storage / ERC-20',
    accounts: deployment.accounts(),
    to: trader,
    data: hexToBytes(encodeFunctionData({ abi, functionName: 'swaps', args: [20n] })),
    quick: true,
  }
}

/** What a Groth16 verifier computes, in the field tower instead of in precompiles. */
export function pairingProgram(): Program {
  const { abi, deployedBytecode } = compileSolidity('Pairing.sol', 'Pairing')
  const to = addressOf(0x9416)
  return {
    name: 'pairing arithmetic, Groth16-like',
    class: 'modular arithmetic',
    accounts: [{ address: to, nonce: 1n, code: hexToBytes(deployedBytecode) }],
    to,
    data: hexToBytes(encodeFunctionData({ abi, functionName: 'verify', args: [12n] })),
    quick: true,
  }
}
