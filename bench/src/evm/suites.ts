import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../../..', import.meta.url).pathname

/**
 * Folder of a suite of external test data (`$CONFORMANCE_DIR`, or `conformance` in a folder `shared` beside the repository), unpacked
 * when it is an archive; the line that says why there is none otherwise.
 */
export function findSuite(name: string): { path: string } | { missing: string } {
  const dir = process.env.CONFORMANCE_DIR ?? join(root, '../shared/conformance')
  const folder = [name, `${name}.open`].map((entry) => join(dir, entry)).find((path) => existsSync(path))
  if (folder) return { path: folder }
  const archive = join(dir, `${name}.open.tar.xz`)
  if (!existsSync(archive)) return { missing: `no ${name} in ${dir}` }
  try {
    return { path: unpacked(archive, name) }
  } catch {
    return { missing: `${archive} cannot be unpacked: tar and xz are needed` }
  }
}

function unpacked(archive: string, name: string): string {
  const { size, mtimeMs } = statSync(archive)
  const target = join(tmpdir(), 'metis-bench', `${name}-${size}-${Math.trunc(mtimeMs)}`)
  if (existsSync(target)) return target
  const partial = `${target}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  try {
    execFileSync('tar', ['-xJf', archive, '-C', partial, '--no-same-owner'], { stdio: 'ignore' })
    renameSync(partial, target)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return target
}
