import { type Block, type Chain, effectiveGasPrice } from '@metis-stack/chain'

/** Blocks whose tips are looked at. */
const window = 20
/** Below this a tip is not worth a wallet's digits; 0.001 gwei. */
const minimum = 1_000_000n
/** 500 gwei: beyond it, one careless sender would set everyone's price. */
const maximum = 500_000_000_000n

/**
 * A tip in wei per gas with which a transaction is likely in the next block: the 60th percentile of the lowest tips of
 * recent blocks (geth's rule), or the minimum while blocks have room.
 */
export class TipOracle {
  #head: string | undefined
  #tip = minimum

  constructor(readonly chain: Chain) {}

  suggest(): bigint {
    const { head } = this.chain
    if (this.#head !== head.hash) {
      this.#tip = this.#measure(head)
      this.#head = head.hash
    }
    return this.#tip
  }

  #measure(head: Block): bigint {
    const tips: bigint[] = []
    let block: Block | undefined = head
    for (let i = 0; i < window && block && block.header.number > 0n; i++) {
      if (isCrowded(block)) tips.push(...lowestTips(block))
      block = this.chain.blockByHash(block.header.parentHash)
    }
    tips.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    const tip = tips[Math.floor(((tips.length - 1) * 60) / 100)] ?? minimum
    return tip < minimum ? minimum : tip > maximum ? maximum : tip
  }
}

/** Where there is room left, tips decide nothing, and copying them would only drive prices up. */
function isCrowded({ header }: Block): boolean {
  return header.gasUsed * 2n > header.gasLimit
}

function lowestTips(block: Block): bigint[] {
  const baseFee = block.header.baseFeePerGas ?? 0n
  return block.transactions
    .filter((transaction) => transaction.type !== 0x7e)
    .map((transaction) => effectiveGasPrice(transaction, baseFee) - baseFee)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .slice(0, 3)
}
