import { stateCases } from './state.cases.js'
import { createMemoryState } from './state.js'

stateCases('memory', async () => createMemoryState())
stateCases('memory, with caches of next to nothing,', async () =>
  createMemoryState({ nodeCacheBytes: 2000, headCacheEntries: 3 }),
)
