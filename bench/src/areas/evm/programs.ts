/** A call that every engine executes: a function of `Workloads.sol` and how large to make it. */
export type Program = {
  name: string
  class: string
  functionName: 'collatz' | 'sort' | 'modular'
  /** About 50 Mgas, so that JSON-RPC does not count against anvil. */
  size: bigint
  quickSize: bigint
  /** What @ethereumjs/evm executes: throughput is the figure, a shorter run keeps the bench short. */
  slowSize: bigint
}

export const programs: Program[] = [
  {
    name: 'collatz',
    class: 'small-int and checked logic',
    functionName: 'collatz',
    size: 2_500n,
    quickSize: 800n,
    slowSize: 100n,
  },
  {
    name: 'memory sort',
    class: 'memory loops, sorting, hash-like',
    functionName: 'sort',
    size: 1_000n,
    quickSize: 500n,
    slowSize: 60n,
  },
  {
    name: 'BN254 mulmod',
    class: 'modular arithmetic',
    functionName: 'modular',
    size: 300_000n,
    quickSize: 100_000n,
    slowSize: 5_000n,
  },
]
