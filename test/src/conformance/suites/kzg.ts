import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CellsAndProofs } from '@crate-crypto/node-eth-kzg'
import { bytesToHex } from '@metis-stack/kernel'
import { verifyKzgProof } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed, type SuiteAdapter, skipped } from '../cases.js'
import { filesBelow } from '../files.js'
import { bytesOf } from '../hex.js'
import { blobLibrary } from './kzg/blobLibrary.js'
import { parseVector, type Value, type Vector } from './kzg/vector.js'

const one = (value: Value | undefined): Uint8Array => bytesOf(String(value))
const many = (value: Value | undefined): Uint8Array[] => (Array.isArray(value) ? value.map(one) : [])
const numbers = (value: Value | undefined): bigint[] =>
  Array.isArray(value) ? value.map((text) => BigInt(String(text))) : []
const cellsOf = ({ cells, proofs }: CellsAndProofs): Value => [cells.map(hex), proofs.map(hex)]
const hex = (bytes: Uint8Array): string => bytesToHex(bytes)

type Method = (input: Vector['input']) => Value | Promise<Value>

/** Our own proof check is under test in the first, the library that blob transactions rely on in the others: blobs, and the cells of EIP-7594. */
const methods: Record<string, Method> = {
  verify_kzg_proof: ({ commitment, z, y, proof }) =>
    verifyKzgProof(one(commitment), one(z), one(y), one(proof)) ?? null,
  blob_to_kzg_commitment: async ({ blob }) => hex((await blobLibrary()).blobToKzgCommitment(one(blob))),
  compute_kzg_proof: async ({ blob, z }) => (await blobLibrary()).computeKzgProof(one(blob), one(z)).map(hex),
  compute_blob_kzg_proof: async ({ blob, commitment }) =>
    hex((await blobLibrary()).computeBlobKzgProof(one(blob), one(commitment))),
  verify_blob_kzg_proof: async ({ blob, commitment, proof }) =>
    (await blobLibrary()).verifyBlobKzgProof(one(blob), one(commitment), one(proof)),
  verify_blob_kzg_proof_batch: async ({ blobs, commitments, proofs }) =>
    (await blobLibrary()).verifyBlobKzgProofBatch(many(blobs), many(commitments), many(proofs)),
  compute_cells: async ({ blob }) => (await blobLibrary()).computeCells(one(blob)).map(hex),
  compute_cells_and_kzg_proofs: async ({ blob }) =>
    cellsOf((await blobLibrary()).computeCellsAndKzgProofs(one(blob))),
  recover_cells_and_kzg_proofs: async ({ cell_indices, cells }) =>
    cellsOf((await blobLibrary()).recoverCellsAndKzgProofs(numbers(cell_indices), many(cells))),
  verify_cell_kzg_proof_batch: async ({ commitments, cell_indices, cells, proofs }) =>
    (await blobLibrary()).verifyCellKzgProofBatch(
      many(commitments),
      numbers(cell_indices),
      many(cells),
      many(proofs),
    ),
}

/** c-kzg-4844's vectors. */
export const kzgTests: SuiteAdapter = {
  units: (root) => filesBelow(root, 'data.yaml'),

  async run(root, unit): Promise<CaseResult[]> {
    const name = dirname(unit)
    const methodName = unit.split('/')[1] ?? ''
    const method = methods[methodName]
    if (method === undefined) return [skipped(name, 'an inner step that the library does not expose')]
    const { input, output } = parseVector(await readFile(join(root, unit), 'utf8'))
    const result = JSON.stringify(await rejectedAsNull(() => method(input)))
    return [result === JSON.stringify(output) ? passed(name) : failed(name, `${result}, expected ${output}`)]
  },
}

async function rejectedAsNull(action: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await action()
  } catch {
    return null
  }
}
