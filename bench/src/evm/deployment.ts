import { createEvm, type ExecutionResult, type Session } from '@metis-stack/metisvm'
import { addressOf, readerOf, type WorldAccount } from './world.js'

const sender = addressOf(0x5e)

/** Contracts set up by running their constructors and whatever else it takes; then the accounts that came of it. */
export class Deployment {
  readonly #session: Session = createEvm({ mode: 'tier0' }).begin(
    { fork: 'prague', chainId: 1n },
    {
      number: 1n,
      timestamp: 1n,
      coinbase: addressOf(2),
      gasLimit: 2n ** 60n,
      baseFee: 0n,
      prevRandao: new Uint8Array(32),
      blobBaseFee: 1n,
      blockHash: () => new Uint8Array(32),
    },
    readerOf([]),
  )

  /** Address of the new contract. */
  create(initCode: Uint8Array): Uint8Array {
    return this.#transact(sender, undefined, initCode).createdAddress!
  }

  /** What the call returned. Its changes stay. */
  call(from: Uint8Array, to: Uint8Array, data: Uint8Array): Uint8Array {
    return this.#transact(from, to, data).output
  }

  /** All accounts so far. */
  accounts(): WorldAccount[] {
    return this.#session.changes().flatMap(({ address, account, code, storage }) =>
      account
        ? [
            {
              address,
              nonce: account.nonce,
              balance: account.balance,
              storage: storage.map(([slot, value]): [Uint8Array, Uint8Array] => [
                new Uint8Array(slot),
                new Uint8Array(value),
              ]),
              ...(code && { code }),
            },
          ]
        : [],
    )
  }

  #transact(from: Uint8Array, to: Uint8Array | undefined, data: Uint8Array): ExecutionResult {
    const result = this.#session.transact(
      {
        type: 2,
        sender: from,
        to,
        nonce: 0n,
        gasLimit: 100_000_000n,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value: 0n,
        data,
      },
      { skipNonce: true, skipFees: true },
    )
    if (result.status !== 'success') throw new Error(`deployment: ${result.halt ?? result.status}`)
    return result
  }
}
