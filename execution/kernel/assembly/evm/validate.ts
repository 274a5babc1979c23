/** May the transaction be in this block? Checks only: the state stays as it is. */
import { add, copy, less, multiplyHigh } from '../math/u256'
import { BALANCE, hasCode, NONCE } from '../world/account'
import {
  BASE_FEE,
  BLOB_BASE_FEE,
  GAS_LIMIT,
  MAX_BLOBS,
  MAX_CODE_SIZE,
  Relax,
  TX_ACCESS_KEY_COUNT,
  TX_ACCESS_LIST_COUNT,
  TX_AUTHORIZATION_COUNT,
  TX_BLOB_COUNT,
  TX_BLOB_HASHES,
  TX_DATA,
  TX_DATA_SIZE,
  TX_GAS_LIMIT,
  TX_GAS_PRICE,
  TX_HAS_TO,
  TX_MAX_BLOB_FEE,
  TX_MAX_FEE,
  TX_MAX_PRIORITY_FEE,
  TX_NONCE,
  TX_RELAX,
  TX_TYPE,
  TX_VALUE,
} from './environment'
import { isDelegated } from './delegation'
import { BERLIN, CANCUN, HOMESTEAD, ISTANBUL, LONDON, OSAKA, PRAGUE, SHANGHAI } from './forks'
import { machine } from './machine'
import { Invalid } from './outcome'

/** EIP-7825 */
const GAS_CAP: u64 = 1 << 24
export const BLOB_GAS: u64 = 131072
/** EIP-7702: gas per authorisation */
export const AUTHORIZATION_GAS: u64 = 25000

const COST: usize = memory.data(32, 8)
const PRODUCT: usize = memory.data(32, 8)

export function relaxed(what: Relax): bool {
  return (load<u32>(TX_RELAX) & what) != 0
}

/** out = a * factor; true when it does not fit 256 bits. */
export function multiplyU64(out: usize, a: usize, factor: u64): bool {
  let carry: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const limb = load<u64>(a + i)
    const low = limb * factor + carry
    carry = multiplyHigh(limb, factor) + u64(low < carry)
    store<u64>(out + i, low)
  }
  return carry != 0
}

/** Zero bytes of the data count one token, others four (EIP-7623). */
function dataTokens(): u64 {
  const data: usize = load<u32>(TX_DATA)
  const size: usize = load<u32>(TX_DATA_SIZE)
  let tokens: u64 = 0
  let at = data
  if (ASC_FEATURE_SIMD) {
    let zeros: u64 = 0
    for (; at + 16 <= data + size; at += 16) {
      zeros += u64(popcnt(i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0)))))
    }
    tokens = (u64(at - data) << 2) - 3 * zeros
  }
  for (; at < data + size; at++) tokens += load<u8>(at) == 0 ? 1 : 4
  return tokens
}

/** Gas charged before execution. */
export function intrinsicGas(): u64 {
  const fork = machine.fork
  const size = u64(load<u32>(TX_DATA_SIZE))
  const creates = load<u32>(TX_HAS_TO) == 0
  let gas: u64 = creates && fork >= HOMESTEAD ? 53000 : 21000
  const tokens = dataTokens()
  const nonZero = (tokens - size) / 3
  gas += (size - nonZero) * 4 + nonZero * (fork >= ISTANBUL ? 16 : 68)
  if (creates && fork >= SHANGHAI) gas += 2 * ((size + 31) >> 5)
  gas += u64(load<u32>(TX_ACCESS_LIST_COUNT)) * 2400 + u64(load<u32>(TX_ACCESS_KEY_COUNT)) * 1900
  return gas + u64(load<u32>(TX_AUTHORIZATION_COUNT)) * AUTHORIZATION_GAS
}

/** Least gas a transaction pays for its data (EIP-7623). */
export function floorGas(): u64 {
  return machine.fork >= PRAGUE ? 21000 + 10 * dataTokens() : 0
}

/** Computes TX_GAS_PRICE: the fee with the tip, at most the maximum (EIP-1559). */
export function computeGasPrice(): void {
  if (machine.fork < LONDON || less(TX_MAX_FEE, BASE_FEE)) {
    copy(TX_GAS_PRICE, TX_MAX_FEE)
    return
  }
  if (add(TX_GAS_PRICE, BASE_FEE, TX_MAX_PRIORITY_FEE) != 0 || less(TX_MAX_FEE, TX_GAS_PRICE)) copy(TX_GAS_PRICE, TX_MAX_FEE)
}

export function validate(sender: usize): Invalid {
  let reason = validateType()
  if (reason == Invalid.None) reason = validateGasLimit()
  if (reason == Invalid.None) reason = validateSender(sender)
  if (reason == Invalid.None) reason = validateFees()
  if (reason == Invalid.None) reason = validateGas()
  if (reason == Invalid.None) reason = validateBalance(sender)
  return reason
}

function validateType(): Invalid {
  const fork = machine.fork
  const type = load<u32>(TX_TYPE)
  const since = type == 0 ? 0 : type == 1 ? BERLIN : type == 2 ? LONDON : type == 3 ? CANCUN : type == 4 ? PRAGUE : i32.MAX_VALUE
  if (fork < since) return Invalid.TypeNotSupported
  if (type == 3) return validateBlobs()
  if (type == 4) {
    if (load<u32>(TX_HAS_TO) == 0) return Invalid.SetCodeCreate
    if (load<u32>(TX_AUTHORIZATION_COUNT) == 0) return Invalid.EmptyAuthorizationList
  }
  return Invalid.None
}

function validateBlobs(): Invalid {
  if (load<u32>(TX_HAS_TO) == 0) return Invalid.BlobCreate
  const count = load<u32>(TX_BLOB_COUNT)
  if (count == 0) return Invalid.NoBlobs
  if (count > load<u32>(MAX_BLOBS)) return Invalid.TooManyBlobs
  const hashes: usize = load<u32>(TX_BLOB_HASHES)
  for (let i: u32 = 0; i < count; i++) if (load<u8>(hashes + (usize(i) << 5)) != 1) return Invalid.BlobVersion
  if (!relaxed(Relax.SkipFees) && less(TX_MAX_BLOB_FEE, BLOB_BASE_FEE)) return Invalid.BlobFeeTooLow
  return Invalid.None
}

function validateGasLimit(): Invalid {
  if (relaxed(Relax.SkipGasCap)) return Invalid.None
  const limit = load<u64>(TX_GAS_LIMIT)
  if (limit > load<u64>(GAS_LIMIT)) return Invalid.GasLimitAboveBlock
  if (machine.fork >= OSAKA && limit > GAS_CAP) return Invalid.GasLimitAboveCap
  return Invalid.None
}

function validateSender(sender: usize): Invalid {
  if (!relaxed(Relax.SkipNonce)) {
    const wanted = load<u64>(sender, NONCE)
    const nonce = load<u64>(TX_NONCE)
    if (nonce < wanted) return Invalid.NonceTooLow
    if (nonce > wanted) return Invalid.NonceTooHigh
    if (nonce == u64.MAX_VALUE) return Invalid.NonceMax
  }
  if (!relaxed(Relax.AllowContractSender) && hasCode(sender) && !isDelegated(sender)) return Invalid.SenderNotEoa
  return Invalid.None
}

function validateFees(): Invalid {
  if (machine.fork < LONDON || relaxed(Relax.SkipFees)) return Invalid.None
  if (less(TX_MAX_FEE, TX_MAX_PRIORITY_FEE)) return Invalid.TipAboveFee
  if (less(TX_MAX_FEE, BASE_FEE)) return Invalid.FeeBelowBaseFee
  return Invalid.None
}

/** The data's size and price, which hold for deposits too. */
export function validateGas(): Invalid {
  if (machine.fork >= SHANGHAI && load<u32>(TX_HAS_TO) == 0 && load<u32>(TX_DATA_SIZE) > load<u32>(MAX_CODE_SIZE) * 2) {
    return Invalid.InitcodeTooLarge
  }
  const limit = load<u64>(TX_GAS_LIMIT)
  if (limit < intrinsicGas()) return Invalid.IntrinsicGas
  if (limit < floorGas()) return Invalid.FloorGas
  return Invalid.None
}

/** The most the transaction may cost: gas at its maximum fee, blobs at theirs, and the value. */
function validateBalance(sender: usize): Invalid {
  if (relaxed(Relax.SkipBalance)) return Invalid.None
  copy(COST, TX_VALUE)
  if (!relaxed(Relax.SkipFees)) {
    if (multiplyU64(PRODUCT, TX_MAX_FEE, load<u64>(TX_GAS_LIMIT))) return Invalid.InsufficientFunds
    if (add(COST, COST, PRODUCT) != 0) return Invalid.InsufficientFunds
    if (multiplyU64(PRODUCT, TX_MAX_BLOB_FEE, BLOB_GAS * u64(load<u32>(TX_BLOB_COUNT)))) return Invalid.InsufficientFunds
    if (add(COST, COST, PRODUCT) != 0) return Invalid.InsufficientFunds
  }
  return less(sender + BALANCE, COST) ? Invalid.InsufficientFunds : Invalid.None
}
