import { setTimeout as delay } from 'node:timers/promises'
import { devAccount, type Endpoint } from '@metis-stack/node'
import { type Hex, parseGwei } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

type Receipt = { transactionHash: Hex; blockHash: Hex; blockNumber: Hex; status: Hex }
type Block = { hash: Hex; number: Hex }

/**
 * Load on one L2, and the memory of all that it acknowledged: every block it ever showed as its head and every receipt it
 * ever gave. Errors are expected, since the node is killed again and again.
 */
export class AcknowledgedLoad {
  readonly blocks = new Map<bigint, Hex>()
  readonly receipts = new Map<Hex, Receipt>()
  /** Two hashes at one height: an acknowledged block that was replaced. */
  readonly replaced: string[] = []
  #stopped = false
  readonly #running: Promise<void>[]

  constructor(
    private readonly endpoint: Endpoint,
    senders: number[],
  ) {
    this.#running = [this.#watch(), ...senders.map((index) => this.#send(index))]
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }

  /** What the node no longer has of what it acknowledged; blocks from `fromBlock` on. */
  async missing(fromBlock = 0n): Promise<string[]> {
    const lost: string[] = []
    for (const [number, hash] of [...this.blocks])
      if (number >= fromBlock) {
        const block = await this.#ask<Block | null>('eth_getBlockByNumber', [
          `0x${number.toString(16)}`,
          false,
        ])
        if (block?.hash !== hash) lost.push(`block ${number}: had ${hash}, has ${block?.hash}`)
      }
    for (const receipt of [...this.receipts.values()])
      if (BigInt(receipt.blockNumber) >= fromBlock) {
        const now = await this.#ask<Receipt | null>('eth_getTransactionReceipt', [receipt.transactionHash])
        if (now?.blockHash !== receipt.blockHash) lost.push(`transaction ${receipt.transactionHash}`)
      }
    return lost
  }

  /** The highest block that was acknowledged. */
  get head(): bigint {
    return [...this.blocks.keys()].reduce((a, b) => (b > a ? b : a), -1n)
  }

  /** Waits until the node seals blocks again. */
  async progress(): Promise<void> {
    const before = this.head
    for (const deadline = Date.now() + 60_000; this.head <= before; await delay(20))
      if (Date.now() > deadline) throw new Error(`${this.endpoint.url} sealed no block for 60 s`)
  }

  async #watch(): Promise<void> {
    while (!this.#stopped)
      try {
        const { number, hash } = await this.#call<Block>('eth_getBlockByNumber', ['latest', false])
        const known = this.blocks.get(BigInt(number))
        if (known && known !== hash) this.replaced.push(`block ${BigInt(number)}: ${known}, then ${hash}`)
        this.blocks.set(BigInt(number), hash)
        await delay(10)
      } catch {
        await delay(50)
      }
  }

  async #send(index: number): Promise<void> {
    const account = privateKeyToAccount(devAccount(index).privateKey)
    while (!this.#stopped)
      try {
        const nonce = Number(await this.#call<Hex>('eth_getTransactionCount', [account.address, 'latest']))
        const raw = await account.signTransaction({
          chainId: this.endpoint.chainId,
          type: 'eip1559',
          nonce,
          to: account.address,
          value: 1n,
          gas: 21_000n,
          maxFeePerGas: parseGwei('100'),
          maxPriorityFeePerGas: 1n,
        })
        const receipt = await this.#call<Receipt>('eth_sendRawTransactionSync', [raw])
        this.receipts.set(receipt.transactionHash, receipt)
      } catch {
        await delay(50)
      }
  }

  /** Until the node is back. */
  async #ask<T>(method: string, params: unknown[]): Promise<T> {
    for (const deadline = Date.now() + 60_000; ; await delay(50))
      try {
        return await this.#call<T>(method, params)
      } catch (error) {
        if (Date.now() > deadline) throw error
      }
  }

  async #call<T>(method: string, params: unknown[]): Promise<T> {
    const response = await fetch(this.endpoint.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(10_000),
    })
    const { result, error } = (await response.json()) as { result: T; error?: { message: string } }
    if (error) throw new Error(error.message)
    return result
  }
}
