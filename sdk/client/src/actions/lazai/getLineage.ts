import type { ReadClient } from '../../internal/client.js'
import { type Dat, getDat } from './getDat.js'

export type GetLineageParameters = {
  id: bigint
  /** Generations to go back. Default: 4, as many as are paid. */
  depth?: number
}

/** A DAT with the DATs that it was made from. */
export type Lineage = Dat & { parents: Lineage[] }

/**
 * A DAT and where it comes from, as a tree. A DAT that is reached twice is read once.
 *
 * @throws viem's ContractFunctionExecutionError if there is none with this id
 * @example
 * const { parents } = await getLineage(hyperionClient, { id: modelDatId })
 */
export function getLineage(client: ReadClient, { id, depth = 4 }: GetLineageParameters): Promise<Lineage> {
  const known = new Map<bigint, Promise<Dat>>()
  const read = (id: bigint): Promise<Dat> => {
    const dat = known.get(id) ?? getDat(client, { id })
    known.set(id, dat)
    return dat
  }
  const walk = async (id: bigint, left: number): Promise<Lineage> => {
    const dat = await read(id)
    const parents = left > 0 ? await Promise.all(dat.ancestors.map((a) => walk(a, left - 1))) : []
    return { ...dat, parents }
  }
  return walk(id, depth)
}
