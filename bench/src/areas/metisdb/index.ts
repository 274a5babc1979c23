import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchArea } from '../../row.js'
import { durable, history } from './disk.js'
import { execution } from './execution.js'
import { reads } from './reads.js'
import { roots } from './roots.js'

/** MetisDB against LMDB and @ethereumjs/mpt. */
export const metisdb: BenchArea = async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'metisdb-bench-'))
  try {
    return [
      ...(await reads(folder, context)),
      ...(await roots(folder, context)),
      ...(await execution(folder, context)),
      ...(await durable(folder, context)),
      ...(await history(folder, context)),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
