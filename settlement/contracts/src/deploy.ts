import {
  type Abi,
  type Account,
  type Address,
  type Chain,
  getContractAddress,
  type Hex,
  publicActions,
  type Transport,
  type WalletClient,
} from 'viem'
import { l1BridgeAbi, l1BridgeBytecode } from './generated/L1Bridge.js'
import { metisTokenAbi, metisTokenBytecode } from './generated/MetisToken.js'
import { outputOracleAbi, outputOracleBytecode } from './generated/OutputOracle.js'
import { portalAbi, portalBytecode } from './generated/Portal.js'
import { systemConfigAbi, systemConfigBytecode } from './generated/SystemConfig.js'

/** L1 contracts of one L2. */
export type RollupAddresses = {
  readonly systemConfig: Address
  readonly outputOracle: Address
  readonly portal: Address
  readonly l1Bridge: Address
}

/** What `deployL1` deployed. `chains` has the names that were asked for. */
export type L1Addresses<name extends string = string> = {
  readonly metis: Address
  readonly chains: { readonly [key in name]: RollupAddresses }
  /** L1 block of the last deployment: derivation may start here. */
  readonly blockNumber: bigint
}

export type RollupParameters = {
  /** Owner of the `SystemConfig`. Default: the deployer. */
  owner?: Address
  /** Account that posts output roots. Default: the deployer. */
  proposer?: Address
  /** Time between the proof of a withdrawal and its payment, in seconds. Default: 7 days. */
  finalizationSeconds?: number
  /** Most L2 gas of one deposit. Default: 5,000,000. */
  maxDepositGas?: bigint
  /** Most L2 gas of all deposits in one L1 block; must fit into an L2 block. Default: 15,000,000. */
  maxBlockDepositGas?: bigint
  /** Most calldata of one deposit, in bytes. Default: 65,536. */
  maxDepositBytes?: number
}

export type DeployL1Parameters<name extends string> = {
  /** METIS on this L1. Default: a development token, minted to `holders`. */
  metis?: Address
  /** First holders of a development token; amounts in wei. */
  holders?: readonly { readonly address: Address; readonly amount: bigint }[]
  /** One set of contracts is deployed for each L2. */
  chains: { readonly [key in name]: RollupParameters }
}

/** Wallet that pays for the deployment. */
export type Deployer = WalletClient<Transport, Chain | undefined, Account>

/**
 * Deploys the settlement contracts of one or more L2s on L1 and waits until all are mined.
 *
 * @throws if a deployment reverts
 * @example
 * const { metis, chains } = await deployL1(wallet, {
 *   holders: [{ address: alice, amount: parseEther('1000000') }],
 *   chains: { andromeda: { finalizationSeconds: 4 }, hyperion: { finalizationSeconds: 4 } },
 * })
 */
export async function deployL1<const name extends string>(
  wallet: Deployer,
  { metis, holders = [], chains }: DeployL1Parameters<name>,
): Promise<L1Addresses<name>> {
  const deployments = await openDeployments(wallet)
  const token =
    metis ??
    (await deployments.send('MetisToken', metisTokenAbi, metisTokenBytecode, [
      holders.map((h) => h.address),
      holders.map((h) => h.amount),
    ]))
  const addresses: [string, RollupAddresses][] = []
  for (const [name, parameters] of Object.entries<RollupParameters>(chains))
    addresses.push([name, await deployRollup(deployments, wallet.account.address, token, parameters)])
  return {
    metis: token,
    chains: Object.fromEntries(addresses) as { [key in name]: RollupAddresses },
    blockNumber: await deployments.settle(),
  }
}

async function deployRollup(
  { send }: Deployments,
  deployer: Address,
  metis: Address,
  parameters: RollupParameters,
): Promise<RollupAddresses> {
  const limits = {
    finalizationSeconds: parameters.finalizationSeconds ?? 7 * 24 * 3600,
    maxDepositGas: parameters.maxDepositGas ?? 5_000_000n,
    maxBlockDepositGas: parameters.maxBlockDepositGas ?? 15_000_000n,
    maxDepositBytes: parameters.maxDepositBytes ?? 65_536,
  }
  const systemConfig = await send('SystemConfig', systemConfigAbi, systemConfigBytecode, [
    parameters.owner ?? deployer,
    parameters.proposer ?? deployer,
    limits,
  ])
  const outputOracle = await send('OutputOracle', outputOracleAbi, outputOracleBytecode, [systemConfig])
  const portal = await send('Portal', portalAbi, portalBytecode, [metis, outputOracle])
  const l1Bridge = await send('L1Bridge', l1BridgeAbi, l1BridgeBytecode, [portal])
  return { systemConfig, outputOracle, portal, l1Bridge }
}

type Deployments = {
  /** Sends one deployment; resolves with the address it will have. */
  send: (name: string, abi: Abi, bytecode: Hex, args: readonly unknown[]) => Promise<Address>
  /** Resolves with the block of the last one once all are mined. */
  settle: () => Promise<bigint>
}

/** Sends without waiting in between (addresses follow from nonces), so that all fit into one or two L1 blocks. */
async function openDeployments(wallet: Deployer): Promise<Deployments> {
  const client = wallet.extend(publicActions)
  const from = wallet.account.address
  let nonce = await client.getTransactionCount({ address: from, blockTag: 'pending' })
  const sent: { name: string; hash: Hex }[] = []
  return {
    async send(name, abi, bytecode, args) {
      // Not estimated: what it calls may not be mined yet. 200 gas a byte of code, and the constructor's own work.
      const gas = 1_000_000n + 125n * BigInt(bytecode.length)
      const hash = await client.deployContract({
        abi,
        bytecode,
        args,
        gas,
        nonce,
        chain: client.chain ?? null,
      })
      sent.push({ name, hash })
      return getContractAddress({ from, nonce: BigInt(nonce++) }).toLowerCase() as Address
    },
    async settle() {
      let last = 0n
      for (const { name, hash } of sent) {
        const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 100 })
        if (receipt.status !== 'success')
          throw new Error(`The deployment of ${name} reverted (transaction ${hash}).`)
        last = receipt.blockNumber
      }
      return last
    },
  }
}
