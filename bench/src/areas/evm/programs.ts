/** A call that every engine executes: the function of `Workloads.sol` and its size. */
export type Program = {
  name: string
  class: string
  functionName: 'collatz' | 'sort' | 'modular'
  size: bigint
  slowSize: bigint
}

/** `slowSize` is what @ethereumjs/evm executes: its throughput is the figure, the shorter run keeps the bench short. */
export const programs: Program[] = [
  {
    name: 'collatz',
    class: 'small-int and checked logic',
    functionName: 'collatz',
    size: 2_000n,
    slowSize: 100n,
  },
  {
    name: 'memory sort',
    class: 'memory loops, sorting, hash-like',
    functionName: 'sort',
    size: 400n,
    slowSize: 60n,
  },
  {
    name: 'BN254 mulmod',
    class: 'modular arithmetic',
    functionName: 'modular',
    size: 20_000n,
    slowSize: 1_000n,
  },
]
