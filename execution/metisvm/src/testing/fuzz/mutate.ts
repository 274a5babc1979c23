import type { Fork } from '../../interface.js'
import { randomProgram } from './generate.js'
import { Listing } from './listing.js'
import { allOpcodes, isAtLeast, plainOpcodes } from './opcodes.js'
import type { Random } from './random.js'
import { pushBytes, randomWord } from './words.js'

/** Longest programs that a mutation makes, in bytes: mostly short ones, of which many can be run. */
const maxSizes = [60, 60, 60, 100, 100, 320]

type Context = { random: Random; fork: Fork; listing: Listing; other: Uint8Array }
type Mutation = (program: number[][], context: Context) => void

/** A variation of `program`, at times with parts of `other`. */
export function mutate(random: Random, fork: Fork, program: Uint8Array, other: Uint8Array): Uint8Array {
  const listing = new Listing(program)
  const context = { random, fork, listing, other }
  for (let i = random.between(1, 4); i > 0; i--) random.weighted(mutations)(listing.instructions, context)
  const code = listing.finish().slice(0, random.pick(maxSizes))
  if (random.oneIn(20) && code.length > 0) code[random.below(code.length)] = random.below(256)
  return code
}

const anywhere = (program: number[][], random: Random) => random.below(program.length + 1)

/** A run of instructions of another program comes in. */
const splice: Mutation = (program, { random, listing, other }) => {
  const source = listing.read(other)
  if (source.length === 0) return
  const from = random.below(source.length)
  program.splice(
    anywhere(program, random),
    random.below(4),
    ...source.slice(from, from + random.between(1, 24)),
  )
}

/** A fresh snippet comes in. */
const insertSnippet: Mutation = (program, { random, fork, listing }) => {
  const source = listing.read(randomProgram(random, fork))
  const from = random.below(source.length)
  program.splice(anywhere(program, random), 0, ...source.slice(from, from + random.between(1, 16)))
}

const insertOpcode: Mutation = (program, { random, fork }) => {
  const { opcode, since } = random.pick(random.oneIn(3) ? allOpcodes : plainOpcodes)
  if (isAtLeast(fork, since)) program.splice(anywhere(program, random), 0, [opcode])
}

/** An opcode becomes another that takes and leaves as many words. */
const replaceOpcode: Mutation = (program, { random }) => {
  if (program.length === 0) return
  const index = random.below(program.length)
  const shape = allOpcodes.find(({ opcode }) => opcode === program[index]![0])
  const alike = allOpcodes.filter(({ takes, puts }) => takes === shape?.takes && puts === shape.puts)
  if (alike.length > 0) program[index] = [random.pick(alike).opcode]
}

const remove: Mutation = (program, { random }) => {
  if (program.length > 1) program.splice(random.below(program.length), random.pick([1, 1, 1, 2, 5]))
}

const swap: Mutation = (program, { random }) => {
  if (program.length < 2) return
  const [a, b] = [random.below(program.length), random.below(program.length)]
  const first = program[a]!
  program[a] = program[b]!
  program[b] = first
}

const duplicate: Mutation = (program, { random }) => {
  if (program.length === 0) return
  const from = random.below(program.length)
  program.splice(anywhere(program, random), 0, ...program.slice(from, from + random.between(1, 12)))
}

/** A constant becomes an edge value, or a neighbour of what it was. */
const constant: Mutation = (program, { random }) => {
  const pushes = program.flatMap((bytes, i) => (bytes.length > 1 ? [i] : []))
  if (pushes.length === 0) return
  const index = random.pick(pushes)
  const bytes = program[index]!
  const last = bytes.length - 1
  program[index] = random.oneIn(2)
    ? pushBytes(randomWord(random), random.oneIn(2) ? last : 0)
    : bytes.map((byte, i) => (i === last ? (byte + random.pick([1, 255, 32, 3])) & 255 : byte))
}

/** A jump goes to another destination of the program. */
const retarget: Mutation = (program, { random, listing }) => {
  const targets = program.filter(([opcode]) => opcode === 0x5b)
  const jumps = program.flatMap(([opcode], i) => (opcode === 0x61 ? [i] : []))
  if (targets.length > 0 && jumps.length > 0)
    program[random.pick(jumps)] = listing.linkTo(random.pick(targets))
}

/** Instructions become the body of a loop that counts down. */
const loop: Mutation = (program, { random, listing }) => {
  const from = anywhere(program, random)
  const body = program.slice(from, from + random.between(1, 10))
  const start = [0x5b]
  const tail = [[0x60, 1], [0x90], [0x03], [0x80], listing.linkTo(start), [0x57], [0x50]]
  program.splice(from, body.length, [0x60, random.pick([2, 3, 9, 33])], start, ...body, ...tail)
}

const mutations: [weight: number, mutation: Mutation][] = [
  [3, splice],
  [2, insertSnippet],
  [3, insertOpcode],
  [3, replaceOpcode],
  [2, remove],
  [1, swap],
  [2, duplicate],
  [4, constant],
  [2, retarget],
  [2, loop],
]
