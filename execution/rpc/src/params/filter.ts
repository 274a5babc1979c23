import type { BlockTag } from '@metis-stack/chain'
import { invalidParams } from '../errors.js'
import { blockNumberOrTag } from './block.js'
import { arrayOf, asObject, optional, type Parser } from './core.js'
import { address, type Hex, hash } from './hex.js'

/** Which logs a client wants. Absent addresses or a null topic mean any. */
export type LogCriteria = {
  blockHash?: Hex
  fromBlock?: BlockTag | bigint
  toBlock?: BlockTag | bigint
  addresses?: Hex[]
  topics: (Hex[] | null)[]
}

/** The filter object of eth_getLogs, eth_newFilter and the `logs` subscription. */
export function logCriteria(maxAlternatives: number): Parser<LogCriteria> {
  const oneOrMany = (parse: Parser<Hex>): Parser<Hex[] | null> => {
    const many = arrayOf(parse, maxAlternatives)
    return (value, path) => {
      if (value === undefined || value === null) return null
      const list = Array.isArray(value) ? many(value, path) : [parse(value, path)]
      return list.length ? list : null
    }
  }
  const addresses = oneOrMany(address)
  const topics = optional(arrayOf(oneOrMany(hash), 4), [])
  return (value, path) => {
    const source = asObject(value, path)
    const blockHash = optional(hash)(source.blockHash, `${path}.blockHash`)
    const fromBlock = optional(blockNumberOrTag)(source.fromBlock, `${path}.fromBlock`)
    const toBlock = optional(blockNumberOrTag)(source.toBlock, `${path}.toBlock`)
    if (blockHash !== undefined && (fromBlock !== undefined || toBlock !== undefined)) {
      throw invalidParams(
        `invalid ${path}: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other`,
      )
    }
    return {
      blockHash,
      fromBlock,
      toBlock,
      addresses: addresses(source.address, `${path}.address`) ?? undefined,
      topics: topics(source.topics, `${path}.topics`),
    }
  }
}
