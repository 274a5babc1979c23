import { fromEvmLog, type Log } from '@metis-stack/chain'
import { bytesToHex } from '@metis-stack/kernel'
import type { FrameEnd, FrameStart, Tracer } from '@metis-stack/metisvm'
import { transferLog } from './transfers.js'

const delegateCall = 0xf4

/** The logs of a transaction with a Transfer log for each move of the native token, in order; none of failed frames. */
export class TransferTracer implements Tracer {
  /** Logs of each open frame, the innermost last. */
  readonly #open: Log[][] = [[]]

  onEnter({ opcode, from, to, value = 0n }: FrameStart): void {
    const moves = value > 0n && opcode !== delegateCall
    this.#open.push(moves ? [transferLog(bytesToHex(from), bytesToHex(to), value)] : [])
  }

  onLog(log: Parameters<typeof fromEvmLog>[0]): void {
    this.#open.at(-1)!.push(fromEvmLog(log))
  }

  onExit({ status }: FrameEnd): void {
    const logs = this.#open.pop()!
    if (status === 'success') this.#open.at(-1)!.push(...logs)
  }

  result(): Log[] {
    return this.#open[0]!
  }
}
