/**
 * Logs of the running transaction, one after the other: topic count u32 | data size u32 | address 20 | pad 4 | topics 32
 * big-endian each | data, padded to 8 bytes.
 */
import { LOGS, LOGS_END } from './layout'

export const HEADER: usize = 32

let end: usize = LOGS
let count: u32 = 0

export function logPosition(): usize {
  return end
}

export function logCount(): u32 {
  return count
}

export function revertLogs(position: usize, countThen: u32): void {
  end = position
  count = countThen
}

/** Room for a log, its header filled; the caller writes topics and data. 0 when logs are full. */
export function beginLog(address: usize, topics: u32, size: usize): usize {
  const at = end
  if (size > LOGS_END - at || HEADER + (usize(topics) << 5) + size + 8 > LOGS_END - at) return 0
  end = (at + HEADER + (usize(topics) << 5) + size + 7) & ~7
  count++
  store<u32>(at, topics)
  store<u32>(at, size, 4)
  memory.copy(at + 8, address, 20)
  return at + HEADER
}
