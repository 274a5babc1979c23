import { hexToBytes, type RlpDecoded, rlp } from '@metis-stack/kernel'
import { type TransactionDecodeCode, TransactionDecodeError } from '../../errors.js'
import type { Hex } from '../../types/hex.js'
import type { BlobSidecar, SignedTransaction } from '../../types/transaction.js'
import { asFixed, asList, asUint, FieldError } from '../fields.js'
import { blobTransaction, recover } from './decode.js'

const blobBytes = 131_072
/** EIP-7594 */
const cellsPerBlob = 128

/**
 * A type-3 transaction with its blobs: `0x03 ‖ rlp([tx, blobs, commitments, proofs])` (EIP-4844) or
 * `0x03 ‖ rlp([tx, 1, blobs, commitments, cellProofs])` (EIP-7594). Counts and lengths are checked, the KZG proofs are not.
 *
 * @throws {TransactionDecodeError}
 */
export function decodeBlobTransactionWithSidecar(raw: Uint8Array | Hex): {
  transaction: SignedTransaction
  sidecar: BlobSidecar
} {
  try {
    const bytes = typeof raw === 'string' ? hexToBytes(raw) : raw
    if (bytes[0] !== 3) throw new TransactionDecodeError('unknownType', 'Only type 3 carries blobs.')
    const fields = asList(rlp.decode(bytes.subarray(1)), 'network form')
    const [body, ...rest] = fields
    if (body === undefined) throw new TransactionDecodeError('fieldCount', 'The network form is empty.')
    const transaction = recover(blobTransaction(body))
    const sidecar = decodeSidecar(rest)
    const blobs = transaction.type === 3 ? transaction.blobVersionedHashes.length : 0
    const proofs = sidecar.version === 0 ? blobs : blobs * cellsPerBlob
    if (
      sidecar.blobs.length !== blobs ||
      sidecar.commitments.length !== blobs ||
      sidecar.proofs.length !== proofs
    )
      throw new TransactionDecodeError('sidecar', 'Blobs, commitments, proofs and hashes differ in number.')
    return { transaction, sidecar }
  } catch (error) {
    if (error instanceof TransactionDecodeError) throw error
    const code: TransactionDecodeCode = error instanceof FieldError ? error.code : 'rlp'
    throw new TransactionDecodeError(code, error instanceof Error ? error.message : 'Not a transaction.', {
      cause: error,
    })
  }
}

function decodeSidecar(fields: RlpDecoded[]): BlobSidecar {
  if (fields.length === 3) return { version: 0, ...lists(fields) }
  if (fields.length === 4) {
    const version = asUint(fields[0], 1, 'wrapper version')
    if (version !== 1n) throw new TransactionDecodeError('sidecar', `Wrapper version ${version} is unknown.`)
    return { version: 1, ...lists(fields.slice(1)) }
  }
  throw new TransactionDecodeError('fieldCount', 'The network form has 4 or 5 fields.')
}

function lists([blobs, commitments, proofs]: RlpDecoded[]) {
  const fixed = (item: RlpDecoded | undefined, size: number, field: string) =>
    asList(item, field).map((entry) => asFixed(entry, size, field))
  return {
    blobs: fixed(blobs, blobBytes, 'blobs'),
    commitments: fixed(commitments, 48, 'commitments'),
    proofs: fixed(proofs, 48, 'proofs'),
  }
}

/** True when the bytes are a type-3 transaction in its network form: the first field is a list, not a chain id. */
export function hasSidecar(raw: Uint8Array): boolean {
  if (raw[0] !== 3 || raw.length < 3) return false
  const first = raw[1]!
  const at = first >= 0xf8 ? 2 + (first - 0xf7) : 2
  return at < raw.length && raw[at]! >= 0xc0
}
