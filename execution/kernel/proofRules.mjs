/** What disputes need of the proof build: see {@link checkProofModule}. */

const allowedImports = new Set(['preimage', 'precompile'])

const forbidden = [
  [/\b(?:f32|f64)\.[a-z]/, 'float instruction'],
  [/\((?:param|result|local|global)[^()]*\b(?:f32|f64)\b/, 'float type'],
  [/\bv128\b|\b(?:i8x16|i16x8|i32x4|i64x2|f32x4|f64x2)\./, 'SIMD instruction'],
  [/\.atomic\.|\batomic\.fence\b/, 'atomic instruction'],
  [/\bmemory\.grow\b/, 'memory.grow'],
  [/\bmemory\.init\b|\bdata\.drop\b/, 'passive data segment'],
]

/**
 * Checks the WebAssembly text of the proof build: a judge replays single steps of it, so it may use scalar integers only,
 * fixed memory, active data segments, and no import but the two oracles. Returns the violations.
 */
export function checkProofModule(text) {
  const problems = []
  for (const [, name, kind] of text.matchAll(/\(import "[^"]*" "([^"]*)" \((\w+)/g)) {
    if (!allowedImports.has(name) || kind !== 'func') problems.push(`proof build imports ${kind} "${name}"`)
  }
  const memory = /\(memory \S+ (\d+) (\d+)( shared)?\)/.exec(text)
  if (!memory || memory[1] !== memory[2] || memory[3]) {
    problems.push('proof build needs one unshared memory with minimum = maximum')
  }
  const lines = text.split('\n')
  for (const [pattern, what] of forbidden) {
    const at = lines.findIndex((line) => !line.includes('(data ') && pattern.test(line))
    if (at >= 0) problems.push(`proof build contains a ${what}: ${lines[at].trim()}`)
  }
  return problems
}
