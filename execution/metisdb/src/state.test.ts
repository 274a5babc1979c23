import { createMemoryState } from './state.js'
import { stateCases } from './state.testing.js'

stateCases('memory', async () => createMemoryState())
stateCases('memory, with caches of next to nothing,', async () =>
  createMemoryState({ nodeCacheBytes: 2000, headCacheEntries: 3 }),
)
