/**
 * Which tier executes a frame. Tier 0, the interpreter, takes any code. Code that was compiled (metisvm/src/compiler) runs as a
 * function `(frame, entries) -> Exit` of the module's function table, and hands the frame back to the interpreter wherever
 * it cannot go on; both leave the same frame, so they can take turns at every exit.
 *
 * Compiling costs time in proportion to the code's size, so it begins to pay when the interpreter has worked on the code for as
 * long. Bytes of code executed measure that work: gas does not, since storage is dear in gas and cheap in time. What the first, universal
 * compiler made is replaced by the optimising compiler's when it has used much gas; what that takes for granted comes from a
 * sample that the interpreter takes shortly before each compilation.
 */
import {
  codeLength,
  compiledOf,
  entriesOf,
  failuresOf,
  heatOf,
  isHot,
  isHotCompiled,
  makeProfile,
  profileOf,
  setTier,
  startOfHash,
  tierOf,
  warm,
} from '../world/codes'
import { CODE_RECORD, GAS, IP } from './frame'
import { interpret, interpretProfiled, WORK_PER_DETOUR, WORK_PER_PROFILED_TURN, WORK_PER_TURN } from './interpreter'
import { machine } from './machine'
import { Exit } from './outcome'
import { PROFILE_BYTES } from './profile'

/** Asks the host to compile the code of a record; it may do so now, later or never. */
// @ts-ignore: decorator
@external('env', 'compile')
declare function compile(record: usize): void

/** What a code record's tier says about its compiled code; 3: universally compiled for good. */
const UNIVERSAL: u32 = 1
/** The optimising compiler was asked; the host is asked again now and then whether it is done. */
const REQUESTED: u32 = 2
const OPTIMISED: u32 = 4
/** Nothing compiled yet; the host was shown the code once if it may know it: a call to it is dear for a short transaction. */
const SEEN: u32 = 5
/** Nothing compiled yet, and the host was asked for it. */
const ASKED: u32 = 6
/** From here on: the profiled turns that the code still gets before the optimising compiler is asked. */
const SAMPLING: u32 = 16
const SAMPLED_TURNS: u32 = 16

/** A bit for the first two bytes of each code hash that the host may know a compiled form of: it has set them before the session. */
export const KNOWN: usize = memory.data(8192, 8)

// @ts-ignore: decorator
@inline
function mayBeKnown(record: usize): bool {
  const start = startOfHash(record)
  return ((<u32>load<u8>(KNOWN + <usize>(start >> 3)) >> (start & 7)) & 1) != 0
}

let enabled: bool = false
let workPerByte: u32 = 0
let gasPerKilobyte: u32 = 0
let failureLimit: u32 = 0
let profileFirst: bool = false

/**
 * @param work work of the interpreter for each byte of code before it is compiled (WORK_PER_TURN has its unit); 0: code is compiled before its first run
 * @param gas thousands of gas for each KiB of code that universally compiled code uses before it is optimised
 * @param failures failed guards of optimised code before it is compiled anew
 * @param sampleFirst code is profiled in its first turn and compiled before its second
 */
export function enableCompiler(work: u32, gas: u32, failures: u32, sampleFirst: bool): void {
  enabled = true
  workPerByte = work
  gasPerKilobyte = gas
  failureLimit = failures
  profileFirst = sampleFirst
}

/** Turns of frames by tier since the host last asked: interpreted, universally compiled, optimised. */
export const RUNS: usize = memory.data(24, 8)

// @ts-ignore: decorator
@inline
function countRun(tier: usize): void {
  store<u64>(RUNS + (tier << 3), load<u64>(RUNS + (tier << 3)) + 1)
}

export function execute(): Exit {
  const record: usize = load<u32>(machine.frame, CODE_RECORD)
  if (!enabled || record == 0) return interpret(WORK_PER_TURN)
  if (compiledOf(record) == 0) {
    if (tierOf(record) == 0 && workPerByte != 0) {
      setTier(record, SEEN)
      if (mayBeKnown(record)) compile(record)
    }
    if (isHot(record, workPerByte) && !(profileFirst && profileOf(record) == 0)) {
      setTier(record, ASKED)
      compile(record)
    }
  } else if (failuresOf(record) >= failureLimit) {
    compile(record)
  }
  if (compiledOf(record) == 0) return executeCold(record)
  if (tierOf(record) >= SAMPLING) return executeSampled(record)
  countRun(tierOf(record) == OPTIMISED ? 2 : 1)
  const gas = load<i64>(machine.frame, GAS)
  const exit: Exit = call_indirect<i32>(compiledOf(record), machine.frame, entriesOf(record))
  const tier = tierOf(record) - UNIVERSAL
  if (tier <= REQUESTED - UNIVERSAL && isHotCompiled(record, gas - load<i64>(machine.frame, GAS), gasPerKilobyte)) {
    if (tier == 0) setTier(record, SAMPLING + SAMPLED_TURNS)
    else compile(record)
  }
  if (exit != Exit.Interpret) return exit
  countRun(0)
  return interpret(WORK_PER_DETOUR)
}

/** The last half of the way to being compiled is profiled; not what follows, since code may be refused. */
function executeCold(record: usize): Exit {
  countRun(0)
  const from = load<u32>(machine.frame, IP)
  const sample = profileFirst
    ? profileOf(record) == 0
    : tierOf(record) != ASKED && heatOf(record) >= (workPerByte * codeLength(record)) >> 1
  if (sample && makeProfile(record, PROFILE_BYTES) != 0) {
    const exit = interpretProfiled(profileOf(record))
    warm(record, workSince(from, WORK_PER_PROFILED_TURN))
    return exit
  }
  const exit = interpret(WORK_PER_TURN)
  warm(record, workSince(from, WORK_PER_TURN))
  return exit
}

/** What a turn did that began at `from`: up to its last jump by the interpreter's account, from there by where the frame stands now. */
// @ts-ignore: decorator
@inline
function workSince(from: u32, budget: i32): u32 {
  return u32(max<i32>(budget - machine.workLeft + i32(load<u32>(machine.frame, IP) - from), 0))
}

/** Samples what universally compiled code does by now, then asks for it to be optimised. */
function executeSampled(record: usize): Exit {
  countRun(0)
  const left = tierOf(record) - 1
  setTier(record, left <= SAMPLING ? REQUESTED : left)
  const profile = makeProfile(record, PROFILE_BYTES)
  const exit = profile != 0 ? interpretProfiled(profile) : interpret(WORK_PER_TURN)
  if (tierOf(record) == REQUESTED) compile(record)
  return exit
}
