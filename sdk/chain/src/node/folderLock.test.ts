import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { lockFolder } from './folderLock.js'

const folder = mkdtempSync(join(tmpdir(), 'lock-'))
const file = join(folder, 'lock')
afterEach(() => rmSync(file, { force: true }))

it('is refused while a live process holds the folder, and free again after', () => {
  const release = lockFolder(file)
  expect(() => lockFolder(file)).toThrowError(
    expect.objectContaining({ code: 'folderLocked', pid: process.pid }),
  )
  release()
  lockFolder(file)()
})

it('is taken over from a process that is gone, whose id another process may have now', () => {
  writeFileSync(file, JSON.stringify({ pid: process.pid, identity: `${process.pid}@1` }))
  lockFolder(file)
  expect(JSON.parse(readFileSync(file, 'utf8')).identity).not.toBe(`${process.pid}@1`)
})

it('is taken over when its file is torn', () => {
  writeFileSync(file, '{"pid":')
  lockFolder(file)()
})
