import { type SuiteAdapter, skipped } from '../cases.js'

/** The WebAssembly specification's own tests: meant for a WebAssembly machine of our own, which disputes bring. */
export const wasmSpec: SuiteAdapter = {
  units: async () => ['all'],
  run: async (_root, unit) => [
    skipped(unit, 'no WebAssembly machine of our own to test before the dispute game'),
  ],
}
