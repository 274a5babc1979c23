import { FlatCallTracer } from '@metis-stack/metisvm'
import type { MakeTracer } from './blockTracer.js'

/** Frames as trace_ methods show them: Parity's words, the transaction's own frame without its intrinsic gas. */
export const flatTracer: MakeTracer = (context) =>
  new FlatCallTracer({ convertParityErrors: true, executionGas: true }, context)
