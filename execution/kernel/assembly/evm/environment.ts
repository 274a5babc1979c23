/**
 * The block's environment, the chain's rules and the transaction, as the host lays them out in memory. Words are
 * little-endian limbs, hashes and addresses bytes in their usual order; metisvm's kernel/layout.ts has the same offsets.
 */
import { ENVIRONMENT, TRANSACTION } from '../world/layout'

/** u64 */
export const NUMBER: usize = ENVIRONMENT
/** u64 */
export const TIMESTAMP: usize = ENVIRONMENT + 8
/** u64 */
export const GAS_LIMIT: usize = ENVIRONMENT + 16
/** u32 */
export const FORK: usize = ENVIRONMENT + 24
/** u32: how many precompiles the table has that are always warm */
export const PRECOMPILE_COUNT: usize = ENVIRONMENT + 28
/** 20 bytes each, then u32: present? */
export const COINBASE: usize = ENVIRONMENT + 32
export const BASE_FEE_RECIPIENT: usize = ENVIRONMENT + 56
export const BLOB_FEE_RECIPIENT: usize = ENVIRONMENT + 80
/** words */
export const BASE_FEE: usize = ENVIRONMENT + 104
export const BLOB_BASE_FEE: usize = ENVIRONMENT + 136
export const PREV_RANDAO: usize = ENVIRONMENT + 168
export const CHAIN_ID: usize = ENVIRONMENT + 200
/** u32: blobs a transaction may carry */
export const MAX_BLOBS: usize = ENVIRONMENT + 232
/** u32: EIP-170 limit */
export const MAX_CODE_SIZE: usize = ENVIRONMENT + 236
/** u32: addresses in the table after the precompiles that are always warm, and nothing else */
export const DISABLED_COUNT: usize = ENVIRONMENT + 240
/** u32: precompiles after those that are warm only when something warmed them */
export const COLD_COUNT: usize = ENVIRONMENT + 244
/** u32: which precompiles the kernel carries out by itself; see evm/native.ts */
export const NATIVE_CALLS: usize = ENVIRONMENT + 248

/** u32 */
export const TX_TYPE: usize = TRANSACTION
/** u32: see Relax */
export const TX_RELAX: usize = TRANSACTION + 4
/** u32: 0 creates a contract */
export const TX_HAS_TO: usize = TRANSACTION + 8
/** u32 pairs: address in memory, and size or count */
export const TX_DATA: usize = TRANSACTION + 12
export const TX_DATA_SIZE: usize = TRANSACTION + 16
/** Per entry: address 20 | key count u32 | keys 32 each */
export const TX_ACCESS_LIST: usize = TRANSACTION + 20
export const TX_ACCESS_LIST_COUNT: usize = TRANSACTION + 24
export const TX_BLOB_HASHES: usize = TRANSACTION + 28
export const TX_BLOB_COUNT: usize = TRANSACTION + 32
/** Per tuple: address 20 | valid u32 | authority 20 | pad 4 | nonce u64 | chain id word */
export const TX_AUTHORIZATIONS: usize = TRANSACTION + 36
export const TX_AUTHORIZATION_COUNT: usize = TRANSACTION + 40
/** u32: total of keys in the access list */
export const TX_ACCESS_KEY_COUNT: usize = TRANSACTION + 44
/** u64 */
export const TX_NONCE: usize = TRANSACTION + 48
/** u64 */
export const TX_GAS_LIMIT: usize = TRANSACTION + 56
/** 20 bytes */
export const TX_SENDER: usize = TRANSACTION + 64
/** 20 bytes */
export const TX_TO: usize = TRANSACTION + 88
/** words */
export const TX_MAX_FEE: usize = TRANSACTION + 112
export const TX_MAX_PRIORITY_FEE: usize = TRANSACTION + 144
export const TX_VALUE: usize = TRANSACTION + 176
export const TX_MAX_BLOB_FEE: usize = TRANSACTION + 208
export const TX_MINT: usize = TRANSACTION + 240
/** word: what a gas costs, computed here */
export const TX_GAS_PRICE: usize = TRANSACTION + 272
/** u32: first free address of the memory arena after the transaction's data */
export const TX_ARENA: usize = TRANSACTION + 304

export const AUTHORIZATION_SIZE: usize = 88

export const DEPOSIT: u32 = 0x7e

// prettier-ignore
export const enum Relax { SkipNonce = 1, SkipFees = 2, SkipBalance = 4, AllowContractSender = 8, SkipGasCap = 16 }
