export type PoolOptions = {
  /** transactions of one sender, executable and queued */
  maxPerSender: number
  /** transactions in total */
  maxTransactions: number
  /** bytes of encoded transactions in total */
  maxBytes: number
  /** bytes of one encoded transaction */
  maxTransactionBytes: number
  /** percent by which both fees must rise to replace a transaction */
  priceBump: bigint
  /** wei per gas */
  minTip: bigint
  /** nonces beyond the sender's next one that may be queued */
  maxNonceGap: bigint
  /** Legacy transactions without a chain id: deterministic deployments are signed so. */
  allowUnprotected: boolean
}

export const defaultPoolOptions: PoolOptions = {
  maxPerSender: 1024,
  maxTransactions: 20_000,
  maxBytes: 256 * 1024 * 1024,
  maxTransactionBytes: 128 * 1024,
  priceBump: 10n,
  minTip: 0n,
  maxNonceGap: 1024n,
  allowUnprotected: true,
}
