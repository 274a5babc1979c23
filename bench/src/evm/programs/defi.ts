import { bytesToHex, concat } from '@metis-stack/kernel'
import { decodeFunctionResult, encodeFunctionData, type Hex, hexToBytes } from 'viem'
import { compileSolidity } from '../../solidity.js'
import { Deployment } from '../deployment.js'
import type { Program } from '../program.js'
import { addressOf, type WorldAccount } from '../world.js'

export type Market = {
  accounts: WorldAccount[]
  trader: Uint8Array
  router: Uint8Array
  tokens: [Uint8Array, Uint8Array]
}

/** A pool of two tokens, a router, and a trader that owns the rest of both; `owners` have tokens and let the router take them. */
export function market(owners: readonly Uint8Array[] = []): Market {
  const trader = compileSolidity('Swap.sol', 'Trader')
  const token = compileSolidity('Swap.sol', 'Token')
  const deployment = new Deployment()
  const at = deployment.create(hexToBytes(trader.bytecode))
  const read = (functionName: string): Uint8Array => {
    const output = deployment.call(
      addressOf(1),
      at,
      hexToBytes(encodeFunctionData({ abi: trader.abi, functionName })),
    )
    const data = bytesToHex(output) as Hex
    return hexToBytes(decodeFunctionResult({ abi: trader.abi, functionName, data }) as Hex)
  }
  const [a, b, router] = [read('a'), read('b'), read('router')]
  const approval = encodeFunctionData({
    abi: token.abi,
    functionName: 'approve',
    args: [bytesToHex(router), 2n ** 256n - 1n],
  })
  for (const owner of owners) {
    const funding = encodeFunctionData({ abi: trader.abi, functionName: 'fund', args: [bytesToHex(owner)] })
    deployment.call(owner, at, hexToBytes(funding))
    deployment.call(owner, a, hexToBytes(approval))
  }
  return { accounts: deployment.accounts(), trader: at, router, tokens: [a, b] }
}

/** Twenty swaps through router, pair and two tokens. */
export function swapProgram(): Program {
  const { accounts, trader } = market()
  const { abi } = compileSolidity('Swap.sol', 'Trader')
  return {
    name: 'swaps, Uniswap V2-like',
    class: 'storage / ERC-20',
    accounts,
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
    accounts: [{ address: to, nonce: 1n, code: concat(hexToBytes(deployedBytecode)) }],
    to,
    data: hexToBytes(encodeFunctionData({ abi, functionName: 'verify', args: [12n] })),
    quick: true,
  }
}
