/** Fast module `metisdb-front`: tables of hot accounts and slots. */
export {
  clearAccounts,
  clearSlots,
  createHot,
  hotAccount,
  hotAccounts,
  hotBatch,
  hotSlot,
  rememberAccount,
  rememberSlot,
  setSeed,
} from '../metisdb/hot'
import { ARENA, INPUT } from '../metisdb/layout'

const key: usize = memory.data(64)

export function arenaBase(): usize {
  return ARENA
}
export function inputAt(): usize {
  return INPUT
}
export function keyAt(): usize {
  return key
}
