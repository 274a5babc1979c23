/** What a call's header says about the call: lengths, and the work that its price counts. */

/** Bytes that the call data must have, header included. */
export let inputBytes: u64 = 0
export let outputBytes: u64 = 0
/** Bytes of working memory. */
export let workBytes: u64 = 0
/** Products, those with the padding of registers included. */
export let products: u64 = 0
/** Elements that are read, placed or rescaled one by one. */
export let elements: u64 = 0

export function setMeasures(input: u64, output: u64, work: u64, productCount: u64, elementCount: u64): void {
  inputBytes = input
  outputBytes = output
  workBytes = work
  products = productCount
  elements = elementCount
}
