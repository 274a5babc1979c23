import { createRequire } from 'node:module'
import type { DasContextJs } from '@crate-crypto/node-eth-kzg'

let library: DasContextJs | undefined

/** Loaded on first use: its trusted set-up takes seconds. */
export async function blobLibrary(): Promise<DasContextJs> {
  if (library === undefined) {
    const module = createRequire(import.meta.url)('@crate-crypto/node-eth-kzg') as {
      DasContextJs: typeof DasContextJs
    }
    library = module.DasContextJs.create({ usePrecomp: false })
  }
  return library
}
