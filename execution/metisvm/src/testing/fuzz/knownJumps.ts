import { Assembler } from './assembler.js'
import type { Random } from './random.js'

/**
 * Blocks that mostly jump forwards, under conditions that are numbers, comparisons of numbers or a byte of the call's data: so the
 * compilers know many of the ways, and a block often does not stand where control comes from. What is returned tells the way.
 */
export function knownJumpsProgram(random: Random): Uint8Array {
  const out = new Assembler()
  const count = random.between(3, 14)
  const labels = Array.from({ length: count + 1 }, () => out.label())
  out.bytes(0x60, 1)
  for (let i = 0; i < count; i++) {
    out.place(labels[i]!).bytes(0x60, 3, 0x02, 0x60, i + 1, 0x01)
    const to = random.oneIn(12) ? random.pick(labels) : labels[Math.min(count, i + random.between(1, 5))]!
    random.weighted<() => void>([
      [6, () => out.bytes(...condition(random)).jumpIf(to)],
      [3, () => out.jump(to)],
      [1, () => {}],
      [1, () => giveBack(out)],
    ])()
  }
  giveBack(out.place(labels[count]!))
  return out.finish()
}

const giveBack = (out: Assembler): Assembler => out.bytes(0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3)

function condition(random: Random): number[] {
  const comparison = [0x60, random.below(4), 0x60, random.below(4), random.pick([0x14, 0x10, 0x03])]
  return random.weighted<number[]>([
    [4, [0x60, random.pick([0, 1, 7, 255])]],
    [2, comparison],
    [1, [...comparison, 0x15]],
    [1, [0x60, 0, 0x35, 0x60, random.below(32), 0x1a]],
  ])
}
