import type { Address } from 'viem'
import { MetisError } from './metisError.js'

/** A tensor precompile refused its call: shapes that do not fit, an index beyond a table, or a chain without them. */
export class TensorCallError extends MetisError {
  override name = 'TensorCallError'
  constructor(precompile: Address, cause?: unknown) {
    super('The tensor operation failed.', {
      metaMessages: [
        `Precompile: ${precompile}`,
        'Shapes and ranges are checked by the chain; Hyperion has these operations, Andromeda does not.',
      ],
      cause,
    })
  }
}
