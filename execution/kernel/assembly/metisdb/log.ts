/**
 * References of the nodes that a batch replaced, in blocks that return to the arena when the host has read them. Blocks:
 * 0 u32 next, 4 u32 count, then the references.
 */
import { allocate, release } from './arena'
import { LOG_HEAD, LOG_LENGTH } from './layout'

const BLOCK: usize = 2048
const CAPACITY: u32 = 510

export function logReplaced(node: usize): void {
  let head: usize = load<u32>(LOG_HEAD)
  if (head == 0 || load<u32>(head, 4) == CAPACITY) {
    const block = allocate(BLOCK)
    store<u32>(block, <u32>head)
    store<u32>(block, 0, 4)
    store<u32>(LOG_HEAD, block)
    head = block
  }
  const count = load<u32>(head, 4)
  store<u32>(head + 8 + (<usize>count << 2), <u32>node)
  store<u32>(head, count + 1, 4)
  store<u32>(LOG_LENGTH, load<u32>(LOG_LENGTH) + 1)
}

export function replacedCount(): usize {
  return load<u32>(LOG_LENGTH)
}

/** Writes all references to `out` and forgets them. */
export function takeReplaced(out: usize): void {
  for (let head: usize = load<u32>(LOG_HEAD); head != 0; ) {
    const next = <usize>load<u32>(head)
    const bytes = <usize>load<u32>(head, 4) << 2
    memory.copy(out, head + 8, bytes)
    out += bytes
    release(head, BLOCK)
    head = next
  }
  store<u32>(LOG_HEAD, 0)
  store<u32>(LOG_LENGTH, 0)
}
