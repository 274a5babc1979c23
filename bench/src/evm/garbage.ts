import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void

/**
 * Collects what preparing a measurement left behind, which is not what is measured. Only young objects: a whole collection throws away
 * code that V8 has compiled, too.
 */
export function collectYoung(): void {
  collect({ type: 'minor' })
  // Other threads still free the first collection's buffers: the second waits for them.
  collect({ type: 'minor' })
}

/** Collects all that measurements before have left: what comes next shall not pay for it. */
export function collectAll(): void {
  collect({ type: 'major' })
}
