import { readSchedule, type Schedule } from '../compiler/schedule.js'
import { type Fork, forks } from '../interface.js'
import { Kernel } from '../kernel/kernel.js'
import { env, opcodeTable } from '../kernel/layout.js'

const known = new Map<Fork, Schedule>()

/** The opcodes of a fork, as the kernel has them. */
export function scheduleOf(fork: Fork): Schedule {
  const schedule = known.get(fork) ?? readFromKernel(fork)
  known.set(fork, schedule)
  return schedule
}

function readFromKernel(fork: Fork): Schedule {
  const kernel = new Kernel()
  kernel.view.setInt32(env.fork, forks.indexOf(fork), true)
  kernel.exports.begin()
  return readSchedule(kernel.view, opcodeTable)
}
