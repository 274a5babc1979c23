/** What a run returned and the gas the program measured inside itself; engines must agree on both. */
export type Outcome = { value: bigint; gas: bigint }

/** One EVM that can call `Workloads`. */
export interface Engine extends AsyncDisposable {
  readonly name: string
  call(input: Uint8Array): Promise<Outcome>
}

/** Splits the ABI-encoded pair `(uint256 value, uint256 gasUsed)`. */
export function decodeOutcome(output: Uint8Array): Outcome {
  if (output.length !== 64) throw new Error(`expected 64 bytes of output, got ${output.length}`)
  const word = (at: number): bigint =>
    BigInt(`0x${Buffer.from(output.subarray(at, at + 32)).toString('hex')}`)
  return { value: word(0), gas: word(32) }
}
