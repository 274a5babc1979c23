export type Signature = { r: bigint; s: bigint }

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

/** IEEE P1363: r ‖ s of 32 bytes each. */
export function readPlainSignature(bytes: Uint8Array): Signature | undefined {
  if (bytes.length !== 64) return undefined
  return { r: toBigInt(bytes.subarray(0, 32)), s: toBigInt(bytes.subarray(32)) }
}

/** Strict DER: SEQUENCE of two positive INTEGERs in their shortest form, nothing after it. */
export function readDerSignature(bytes: Uint8Array): Signature | undefined {
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2 || bytes.length > 0x81) return undefined
  const r = readInteger(bytes, 2)
  const s = r && readInteger(bytes, r.end)
  return r && s && s.end === bytes.length ? { r: r.value, s: s.value } : undefined
}

function readInteger(bytes: Uint8Array, at: number): { value: bigint; end: number } | undefined {
  const length = bytes[at + 1]
  if (bytes[at] !== 0x02 || length === undefined || length === 0) return undefined
  const end = at + 2 + length
  const content = bytes.subarray(at + 2, end)
  if (end > bytes.length || content[0]! >= 0x80) return undefined
  if (content[0] === 0 && (content.length === 1 || content[1]! < 0x80)) return undefined
  return { value: toBigInt(content), end }
}
