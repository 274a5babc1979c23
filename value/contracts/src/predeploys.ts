import { encodeDeployData } from 'viem/utils'
import { datBytecode } from './generated/Dat.js'
import { feeRouterAbi, feeRouterBytecode } from './generated/FeeRouter.js'
import { modelRegistryAbi, modelRegistryBytecode } from './generated/ModelRegistry.js'

/** 20 bytes or other data as a 0x-string. */
type Hex = `0x${string}`

/** Addresses of the value layer, which Hyperion has from its genesis (lower case). */
export const valuePredeployAddresses = {
  dat: '0x4c617a4149000000000000000000000000000001',
  modelRegistry: '0x4c617a4149000000000000000000000000000002',
  feeRouter: '0x4c617a4149000000000000000000000000000003',
} as const

/** Inference precompile; the registry calls it for every paid inference. */
export const inferPrecompileAddress = '0x0000000000000000000000000000000000000a11'

/** Shares of the roles in a usage fee, in hundredths of a percent; together 10,000. */
export type FeeShares = {
  readonly compute: number
  readonly model: number
  readonly dataset: number
  readonly holders: number
  readonly treasury: number
}

/** How a usage fee is split unless genesis says otherwise. */
export const defaultFeeShares: FeeShares = {
  compute: 2_000,
  model: 4_000,
  dataset: 2_500,
  holders: 500,
  treasury: 1_000,
}

export type ValuePredeploysParameters = {
  /** Owner of the fee rule. */
  owner: Hex
  /** Paid for inferences that the sequencer runs within a block. */
  compute: Hex
  /** Pool of the holders. */
  holders: Hex
  /** Treasury. */
  treasury: Hex
  /** Default: `defaultFeeShares`. */
  shares?: FeeShares
}

/**
 * Contracts of the value floor for Hyperion's genesis; init codes with their arguments.
 *
 * @example
 * const genesis = buildGenesis({ predeploys: [...l2Predeploys(settlement), ...valuePredeploys(value)] })
 */
export function valuePredeploys({
  owner,
  compute,
  holders,
  treasury,
  shares = defaultFeeShares,
}: ValuePredeploysParameters): { readonly address: Hex; readonly initCode: Hex }[] {
  const { dat, modelRegistry, feeRouter } = valuePredeployAddresses
  return [
    { address: dat, initCode: datBytecode },
    {
      address: modelRegistry,
      initCode: encodeDeployData({
        abi: modelRegistryAbi,
        bytecode: modelRegistryBytecode,
        args: [dat, feeRouter],
      }),
    },
    {
      address: feeRouter,
      initCode: encodeDeployData({
        abi: feeRouterAbi,
        bytecode: feeRouterBytecode,
        args: [dat, owner, shares, { compute, holders, treasury }],
      }),
    },
  ]
}
