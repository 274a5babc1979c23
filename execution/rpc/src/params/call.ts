import type {
  AccountOverride,
  BlockOverrides,
  CallRequest,
  SignedAuthorization,
  StateOverrides,
} from '@metis-stack/chain'
import { arrayOf, objectOf, optional, type Parser, recordOf, reject } from './core.js'
import { address, type Hex, hash, hexData, quantity, slot, uint64 } from './hex.js'

/** Most entries of any list inside of a call object. */
const maxListItems = 10_000

const authorization: Parser<SignedAuthorization> = (value, path) => {
  const fields = objectOf({
    chainId: quantity,
    address,
    nonce: uint64,
    yParity: optional(quantity),
    v: optional(quantity),
    r: quantity,
    s: quantity,
  })(value, path)
  const parity = fields.yParity ?? fields.v
  if (parity !== 0n && parity !== 1n) return reject(`${path}.yParity`, 'want 0x0 or 0x1')
  const { chainId, nonce, r, s } = fields
  return { chainId, address: fields.address, nonce, yParity: parity === 1n ? 1 : 0, r, s }
}

const callFields = objectOf({
  from: optional(address),
  to: optional(address),
  nonce: optional(uint64),
  gas: optional(uint64),
  gasPrice: optional(quantity),
  maxFeePerGas: optional(quantity),
  maxPriorityFeePerGas: optional(quantity),
  value: optional(quantity),
  data: optional(hexData),
  input: optional(hexData),
  chainId: optional(quantity),
  accessList: optional(
    arrayOf(objectOf({ address, storageKeys: optional(arrayOf(hash, maxListItems), []) }), maxListItems),
  ),
  blobVersionedHashes: optional(arrayOf(hash, 64)),
  maxFeePerBlobGas: optional(quantity),
  authorizationList: optional(arrayOf(authorization, maxListItems)),
})

/** A call object with its chain id, if it names one. */
export type ParsedCall = CallRequest & { chainId?: bigint }

/** The transaction object of eth_call and its kin. `data` and `input` mean the same and must agree. */
export const callRequest: Parser<ParsedCall> = (value, path) => {
  const { data, input, ...call } = callFields(value, path)
  if (data !== undefined && input !== undefined && data !== input) {
    return reject(path, 'both "data" and "input" are set and not equal; use "input"')
  }
  if (
    call.gasPrice !== undefined &&
    (call.maxFeePerGas !== undefined || call.maxPriorityFeePerGas !== undefined)
  ) {
    return reject(path, 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  return dropUndefined({ ...call, data: input ?? data })
}

const storage = recordOf(slot, slotValue, maxListItems)

function slotValue(value: unknown, path: string): Hex {
  return slot(value, path)
}

const accountFields = objectOf({
  nonce: optional(uint64),
  balance: optional(quantity),
  code: optional(hexData),
  state: optional(storage),
  stateDiff: optional(storage),
  movePrecompileToAddress: optional(address),
})

/** An account's overrides; `movePrecompileToAddress` is known to eth_simulateV1 only. */
export type ParsedAccountOverride = AccountOverride & { movePrecompileToAddress?: Hex }

const accountOverride: Parser<ParsedAccountOverride> = (value, path) => {
  const { state, stateDiff, ...account } = accountFields(value, path)
  if (state && stateDiff) return reject(path, 'both "state" and "stateDiff" are set')
  return dropUndefined({
    ...account,
    state: state && Object.fromEntries(state),
    stateDiff: stateDiff && Object.fromEntries(stateDiff),
  })
}

/** Overrides by address, with precompile moves. */
export const simulationStateOverrides: Parser<Map<Hex, ParsedAccountOverride>> = recordOf(
  address,
  accountOverride,
  maxListItems,
)

/** Overrides by address. */
export const stateOverrides: Parser<StateOverrides> = (value, path) => {
  const overrides = simulationStateOverrides(value, path)
  for (const [account, { movePrecompileToAddress }] of overrides) {
    if (movePrecompileToAddress)
      return reject(`${path}[${account}]`, 'movePrecompileToAddress is for eth_simulateV1')
  }
  return Object.fromEntries(overrides)
}

const blockOverrideFields = objectOf({
  number: optional(quantity),
  time: optional(uint64),
  timestamp: optional(uint64),
  gasLimit: optional(uint64),
  feeRecipient: optional(address),
  coinbase: optional(address),
  prevRandao: optional(hash),
  random: optional(hash),
  baseFeePerGas: optional(quantity),
  baseFee: optional(quantity),
  blobBaseFee: optional(quantity),
})

/** A block's overrides, in the names of execution-apis and in geth's older ones. */
export const blockOverrides: Parser<BlockOverrides> = (value, path) => {
  const fields = blockOverrideFields(value, path)
  return dropUndefined({
    number: fields.number,
    timestamp: fields.time ?? fields.timestamp,
    gasLimit: fields.gasLimit,
    feeRecipient: fields.feeRecipient ?? fields.coinbase,
    prevRandao: fields.prevRandao ?? fields.random,
    baseFeePerGas: fields.baseFeePerGas ?? fields.baseFee,
    blobBaseFee: fields.blobBaseFee,
  })
}

function dropUndefined<T extends object>(source: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const defined = Object.entries(source).filter(([, value]) => value !== undefined)
  return Object.fromEntries(defined) as { [K in keyof T]: Exclude<T[K], undefined> }
}
