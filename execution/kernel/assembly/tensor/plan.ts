import { conv2d, depthwiseConv2d } from './conv'
import { DESCRIPTOR_BYTES, OPERATOR } from './descriptor'
import { add, argmax, lookup, rescale } from './elementwise'
import { dense } from './matmul'
import { averagePool, maxPool } from './pool'
import { softmax } from './softmax'

/**
 * Executes operators `from` … `to` − 1 of the descriptors at `plan`. Nothing lives on the stack or in globals between two
 * operators: each is a point where a run can stop, be committed to, and go on elsewhere.
 */
export function run(plan: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i++) execute(plan + <usize>i * DESCRIPTOR_BYTES)
}

/** The codes are those of the program format, except that `reshape` (10) needs no work. */
function execute(op: usize): void {
  switch (load<i32>(op, OPERATOR)) {
    case 1:
      return dense(op)
    case 2:
      return conv2d(op)
    case 3:
      return depthwiseConv2d(op)
    case 4:
      return maxPool(op)
    case 5:
      return averagePool(op)
    case 6:
      return lookup(op)
    case 7:
      return softmax(op)
    case 8:
      return add(op)
    case 9:
      return argmax(op)
    case 10:
      return
    case 11:
      return rescale(op)
    default:
      unreachable()
  }
}
