import type { Hex } from '../types/hex.js'

/** keccak-256 of the RLP of an empty list */
export const emptyUnclesHash: Hex = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** Root of the trie without entries */
export const emptyRoot: Hex = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
/** SHA-256 of nothing: no execution requests (EIP-7685) */
export const emptyRequestsHash: Hex = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
export const zeroHash: Hex = `0x${'00'.repeat(32)}`
export const zeroAddress: Hex = `0x${'00'.repeat(20)}`
export const zeroNonce: Hex = '0x0000000000000000'
/** bytes; EIP-7934 */
export const maxBlockBytes = 8_388_608
/** EIP-1985-like bound: clients keep gas in signed 64 bits. */
export const maxGasLimit = 0x7fffffffffffffffn
export const minGasLimit = 5_000n
export const maxExtraDataBytes = 32
/** EIP-7825 */
export const transactionGasCap = 16_777_216n
