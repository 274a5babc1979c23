export type VaultErrorCode =
  /** No grant for this key, or the grant does not open with it. */
  | 'notGranted'
  /** Bytes that are not those that were sealed: a block of another hash, a chunk that does not authenticate. */
  | 'tampered'
  /** A block that the store does not have. */
  | 'missingBlock'
  /** A manifest or grants document that breaks its format. */
  | 'malformed'
  /** A public or private key that is not one of secp256k1. */
  | 'invalidKey'

/** Any failure of the vault. `code` is stable; `shortMessage` fits one line and never holds a secret. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  readonly code: VaultErrorCode
  readonly shortMessage: string

  constructor(code: VaultErrorCode, shortMessage: string, cause?: unknown) {
    super(shortMessage, cause === undefined ? undefined : { cause })
    this.code = code
    this.shortMessage = shortMessage
  }
}
