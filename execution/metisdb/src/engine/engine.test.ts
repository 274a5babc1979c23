import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { stateCases } from '../state.testing.js'
import { openMetisDb } from './open.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

stateCases('MetisDB', () => openMetisDb({ path: join(folder, String(count++)), hotBits: 12 }))
stateCases('MetisDB, with a checkpoint after every commit and hardly any hot accounts,', () =>
  openMetisDb({ path: join(folder, String(count++)), hotBits: 2, checkpointBytes: 1 }),
)
