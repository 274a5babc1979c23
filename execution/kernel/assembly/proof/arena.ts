/** Memory of the proof build: the EVM's regions as in world/layout.ts, then trie nodes and the input to the end. */
import { initArena } from '../trie/arena'
import { MEMORY_END } from '../world/layout'

export function openArena(): void {
  initArena(MEMORY_END, <usize>memory.size() << 16)
}
