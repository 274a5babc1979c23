import { encodeDeployData } from 'viem/utils'
import { feeVaultAbi, feeVaultBytecode } from './generated/FeeVault.js'
import { l1BlockBytecode } from './generated/L1Block.js'
import { l2BridgeAbi, l2BridgeBytecode } from './generated/L2Bridge.js'
import { l2MessagePasserBytecode } from './generated/L2MessagePasser.js'

/** 20 bytes or other data as a 0x-string. */
type Hex = `0x${string}`

/** Addresses that every L2 of the stack has from its genesis (lower case). */
export const predeploys = {
  l2Bridge: '0x4200000000000000000000000000000000000010',
  feeVault: '0x4200000000000000000000000000000000000011',
  l1Block: '0x4200000000000000000000000000000000000015',
  l2MessagePasser: '0x4200000000000000000000000000000000000016',
} as const

/** Sender of the transaction that brings a new L1 block's attributes to L2. */
export const depositorAddress = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'

/** A contract in genesis: its init code runs at `address`, arguments appended; what it returns is the code there. */
export type Predeploy = { readonly address: Hex; readonly initCode: Hex }

export type L2PredeploysParameters = {
  /** `L1Bridge` that this L2 belongs to. */
  l1Bridge: Hex
  /** Who receives the transaction fees, with shares in hundredths of a percent that sum to 10,000. */
  feeRecipients: readonly { readonly recipient: Hex; readonly bps: number }[]
}

/**
 * Contracts of the settlement floor for the genesis of one L2.
 *
 * @example
 * const genesis = buildGenesis({
 *   predeploys: l2Predeploys({ l1Bridge, feeRecipients: [{ recipient: treasury, bps: 10_000 }] }),
 *   // …
 * })
 */
export function l2Predeploys({ l1Bridge, feeRecipients }: L2PredeploysParameters): Predeploy[] {
  return [
    {
      address: predeploys.l2Bridge,
      initCode: encodeDeployData({ abi: l2BridgeAbi, bytecode: l2BridgeBytecode, args: [l1Bridge] }),
    },
    {
      address: predeploys.feeVault,
      initCode: encodeDeployData({
        abi: feeVaultAbi,
        bytecode: feeVaultBytecode,
        args: [feeRecipients.map((r) => r.recipient), feeRecipients.map((r) => r.bps)],
      }),
    },
    { address: predeploys.l1Block, initCode: l1BlockBytecode },
    { address: predeploys.l2MessagePasser, initCode: l2MessagePasserBytecode },
  ]
}
