/** A call that every engine executes: a function of `Workloads.sol` and how large to make it. */
export type Program = {
  name: string
  class: string
  functionName: 'collatz' | 'sort' | 'modular' | 'words' | 'rounds' | 'hashes' | 'transfers' | 'fibonacci'
  /** 20 to 50 Mgas, so that JSON-RPC does not count against anvil. */
  size: bigint
  quickSize: bigint
  /** What @ethereumjs/evm executes: throughput is the figure, a shorter run keeps the bench short. */
  slowSize: bigint
  /** One of the three that tier 0 is measured with. */
  basic?: true
  /** Ratios that compiled code is to reach: against anvil, and against tier 0. */
  targets: { anvil: number; tier0: number }
}

export const programs: Program[] = [
  {
    name: 'collatz',
    class: 'small-int and checked logic',
    functionName: 'collatz',
    size: 2_500n,
    quickSize: 800n,
    slowSize: 100n,
    basic: true,
    targets: { anvil: 10, tier0: 15 },
  },
  {
    name: 'memory sort',
    class: 'memory loops, sorting, hash-like',
    functionName: 'sort',
    size: 1_000n,
    quickSize: 500n,
    slowSize: 60n,
    basic: true,
    targets: { anvil: 6, tier0: 10 },
  },
  {
    name: 'SHA-256-like rounds',
    class: 'memory loops, sorting, hash-like',
    functionName: 'rounds',
    size: 60_000n,
    quickSize: 20_000n,
    slowSize: 2_000n,
    targets: { anvil: 6, tier0: 10 },
  },
  {
    name: '256-bit words',
    class: '256-bit arithmetic',
    functionName: 'words',
    size: 150_000n,
    quickSize: 50_000n,
    slowSize: 3_000n,
    targets: { anvil: 2.5, tier0: 4 },
  },
  {
    name: 'BN254 mulmod',
    class: 'modular arithmetic',
    functionName: 'modular',
    size: 300_000n,
    quickSize: 100_000n,
    slowSize: 5_000n,
    basic: true,
    targets: { anvil: 2, tier0: 2 },
  },
  {
    name: 'ERC-20 transfers',
    class: 'storage / ERC-20',
    functionName: 'transfers',
    size: 20_000n,
    quickSize: 5_000n,
    slowSize: 400n,
    targets: { anvil: 1.5, tier0: 1.3 },
  },
  {
    name: 'keccak of 64 bytes',
    class: 'keccak-bound',
    functionName: 'hashes',
    size: 200_000n,
    quickSize: 60_000n,
    slowSize: 3_000n,
    targets: { anvil: 1, tier0: 1.2 },
  },
  {
    name: 'recursive fibonacci',
    class: 'large recursive',
    functionName: 'fibonacci',
    size: 24n,
    quickSize: 21n,
    slowSize: 14n,
    targets: { anvil: 3, tier0: 2.5 },
  },
]
