import type { Header } from '@metis-stack/chain'
import { RpcError } from '../errors.js'
import { simulationCode } from './errors.js'
import type { BlockPlan } from './request.js'

/** A plan that knows its place. */
export type PlacedBlock = BlockPlan & { number: bigint; timestamp: bigint }

/**
 * Gives every block its number and timestamp, and fills gaps between numbers with empty blocks.
 * @param seconds between blocks whose time nobody set
 * @throws {RpcError} -38020, -38021, -38026
 */
export function placeBlocks(
  base: Header,
  plans: BlockPlan[],
  seconds: bigint,
  maxBlocks: number,
): PlacedBlock[] {
  const placed: PlacedBlock[] = []
  let { number, timestamp } = base
  for (const plan of plans) {
    const wanted = plan.overrides.number ?? number + 1n
    if (wanted <= number) {
      throw new RpcError(
        simulationCode.blockNumberOrder,
        `block numbers must be in order: ${wanted} <= ${number}`,
      )
    }
    if (wanted - base.number > BigInt(maxBlocks))
      throw new RpcError(simulationCode.clientLimit, 'too many blocks')
    while (number + 1n < wanted) {
      number++
      timestamp += seconds
      placed.push({ number, timestamp, overrides: {}, stateOverrides: new Map(), calls: [] })
    }
    const time = plan.overrides.timestamp ?? timestamp + seconds
    if (time <= timestamp) {
      throw new RpcError(
        simulationCode.timestampOrder,
        `block timestamps must be in order: ${time} <= ${timestamp}`,
      )
    }
    number = wanted
    timestamp = time
    placed.push({ ...plan, number, timestamp })
  }
  return placed
}
