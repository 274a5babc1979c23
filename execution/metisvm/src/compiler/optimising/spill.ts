import { imports } from '../abi.js'
import { wordBytes } from '../emitter.js'
import { Body } from '../wasm/body.js'
import { op, type } from '../wasm/instructions.js'
import type { FunctionType } from '../wasm/module.js'

/** Words that one call stores at most: those of one limb, and full ones. */
export const mostSpilled = { small: 8, full: 2 } as const

const shapes = [
  ...Array.from({ length: mostSpilled.small }, (_, i) => ({ words: i + 1, limbs: 1 })),
  ...Array.from({ length: mostSpilled.full }, (_, i) => ({ words: i + 1, limbs: 4 })),
]

/** Types of the functions below; they follow those of abi.ts. */
export const spillTypes: readonly FunctionType[] = shapes.map(({ words, limbs }) => ({
  parameters: [type.i32, ...Array<number>(words * limbs).fill(type.i64)],
  results: [],
}))

/** Index of the function that stores so many words of one limb, or of four. The module's functions begin with these. */
export const spillIndex = (words: number, isSmall: boolean): number =>
  imports.length + (isSmall ? 0 : mostSpilled.small) + words - 1

/** Index of the function that finds a slot, behind those. */
export const findSlotIndex = imports.length + spillTypes.length

const bodies: Uint8Array[] = []

/** `(at, limbs …)` stores words one behind the other. */
export function spillFunctions(firstType: number): { type: number; body: Uint8Array }[] {
  if (bodies.length === 0) bodies.push(...shapes.map(bodyOf))
  return bodies.map((body, i) => ({ type: firstType + i, body }))
}

function bodyOf({ words, limbs }: (typeof shapes)[number]): Uint8Array {
  const body = new Body(1 + words * limbs)
  for (let word = 0; word < words; word++)
    for (let limb = 0; limb < 4; limb++) {
      body.get(0)
      if (limb < limbs) body.get(1 + word * limbs + limb)
      else body.i64(0n)
      body.access(op.i64Store, word * wordBytes + 8 * limb)
    }
  return body.finish()
}
