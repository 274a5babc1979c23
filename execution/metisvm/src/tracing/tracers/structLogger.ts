import { bytesToHex } from '@metis-stack/kernel'
import type { ExecutionResult } from '../../interface.js'
import type { TraceBudget } from '../budget.js'
import { everyOpcode, op, opcodeName } from '../opcodes.js'
import type { FrameEnd, Step, StepEnd, Tracer, TransactionStart } from '../tracer.js'

export type StructLoggerConfig = {
  enableMemory?: boolean
  disableStack?: boolean
  disableStorage?: boolean
  enableReturnData?: boolean
  /** Bytes of JSON after which nothing more is recorded; 0 for no limit but that of the node. */
  limit?: number
}

export type StructLog = {
  pc: number
  op: string
  gas: number
  gasCost: number
  depth: number
  error?: string
  stack?: string[]
  returnData?: string
  memory?: string[]
  storage?: Record<string, string>
  refund?: number
}

export type StructLogResult = {
  gas: number
  failed: boolean
  returnValue: string
  structLogs: StructLog[]
}

/** Every opcode with its machine, as geth prints it when no tracer is named. */
export class StructLogger implements Tracer {
  readonly opcodes = everyOpcode
  readonly #config: StructLoggerConfig
  readonly #budget: TraceBudget
  readonly #logs: StructLog[] = []
  readonly #storage = new Map<string, Record<string, string>>()
  #state: TransactionStart['state'] | undefined
  #open: StructLog | undefined
  #bytes = 0
  #failed = false
  #output = '0x'
  #gas = 0

  constructor(config: StructLoggerConfig, modules: { budget: TraceBudget }) {
    this.#config = config
    this.#budget = modules.budget
  }

  onTransactionStart({ state }: TransactionStart): void {
    this.#state = state
  }

  onStep(step: Step): void {
    const { limit = 0, disableStack, enableMemory, enableReturnData } = this.#config
    this.#open = undefined
    if (limit > 0 && this.#bytes > limit) return
    const { opcode, stackSize, memorySize } = step
    this.#budget.spend(90 + (enableMemory ? 2.2 * memorySize : 0))
    const log: StructLog = {
      pc: step.pc,
      op: opcodeName(opcode),
      gas: step.gas,
      gasCost: 0,
      depth: step.depth + 1,
    }
    if (!disableStack) {
      log.stack = Array.from(
        { length: stackSize },
        (_, i) => `0x${step.stack(stackSize - 1 - i).toString(16)}`,
      )
      this.#budget.spend(log.stack.reduce((bytes, word) => bytes + word.length + 3, 0))
    }
    if (enableReturnData) {
      const data = step.returnData()
      this.#budget.spend(2 * data.length)
      if (data.length > 0) log.returnData = bytesToHex(data)
    }
    if (enableMemory && memorySize > 0) {
      const digits = bytesToHex(step.memory(0, memorySize)).slice(2)
      log.memory = Array.from({ length: memorySize / 32 }, (_, i) => `0x${digits.slice(64 * i, 64 * i + 64)}`)
    }
    const storage = this.#storageAt(step)
    if (storage) log.storage = storage
    this.#open = log
    this.#logs.push(log)
  }

  /** Slots of the contract that the transaction has touched so far. */
  #storageAt(step: Step): Record<string, string> | undefined {
    if (this.#config.disableStorage) return undefined
    const { opcode, stackSize } = step
    const reads = opcode === op.sload && stackSize >= 1
    if (!reads && !(opcode === op.sstore && stackSize >= 2)) return undefined
    const { address } = step
    const key = bytesToHex(address)
    const known = this.#storage.get(key) ?? {}
    this.#storage.set(key, known)
    const slot = step.stackBytes(0)
    const value = reads ? this.#state!.storage(address, slot) : step.stackBytes(1)
    known[bytesToHex(slot)] = bytesToHex(value)
    this.#budget.spend(140 * Object.keys(known).length)
    return { ...known }
  }

  onStepEnd({ cost, refund, error }: StepEnd): void {
    const log = this.#open
    if (log === undefined) return
    log.gasCost = cost
    if (refund > 0) log.refund = refund
    if (error !== undefined) log.error = error
    if (this.#config.limit) this.#bytes += JSON.stringify(log).length
  }

  onExit({ depth, status, output }: FrameEnd): void {
    if (depth > 0) return
    this.#failed = status !== 'success'
    this.#output = bytesToHex(output)
  }

  onTransactionEnd({ gasUsed }: ExecutionResult): void {
    this.#gas = Number(gasUsed)
  }

  result(): StructLogResult {
    return { gas: this.#gas, failed: this.#failed, returnValue: this.#output, structLogs: this.#logs }
  }
}
