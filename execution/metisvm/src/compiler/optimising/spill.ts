import { imports } from '../abi.js'
import { Body } from '../wasm/body.js'
import { op, type } from '../wasm/instructions.js'
import type { FunctionType } from '../wasm/module.js'

/** Types of the functions below; they follow those of abi.ts. */
export const spillTypes: readonly FunctionType[] = [
  { parameters: [type.i32, type.i64], results: [] },
  { parameters: [type.i32, type.i64, type.i64, type.i64, type.i64], results: [] },
]

/** Function indices: the module begins with them when it has regions. */
export const spillIndex = { small: imports.length, full: imports.length + 1 } as const

/** `small(at, limb)` and `full(at, four limbs)` store a word. */
export function spillFunctions(firstType: number): { type: number; body: Uint8Array }[] {
  return [1, 4].map((given, i) => {
    const body = new Body(1 + given)
    for (let limb = 0; limb < 4; limb++) {
      body.get(0)
      if (limb < given) body.get(1 + limb)
      else body.i64(0n)
      body.access(op.i64Store, 8 * limb)
    }
    return { type: firstType + i, body: body.finish() }
  })
}
