import { defineConfig } from 'vitest/config'

// Packages resolve to their TypeScript source (the "source" export condition), so tests never see a stale build.
export default defineConfig({
  resolve: { conditions: ['source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
  test: {
    include: ['{execution,settlement,value,sdk,apps}/*/src/**/*.test.ts', '{bench,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Printed text is compared; CI machines ask for colours.
    env: { NO_COLOR: '1' },
    maxWorkers: 2,
  },
})
