import type { Chain } from '@metis-stack/chain'
import type { FilterStore } from '../filters/store.js'
import type { RpcLimits } from '../options.js'
import type { ReceiptWaiter } from '../receipt-waiter.js'
import type { MethodRegistry } from '../registry.js'

/** What the built-in methods work with. */
export type MethodModules = {
  chain: Chain
  limits: RpcLimits
  clientVersion: string
  registry: MethodRegistry
  filters: FilterStore
  receipts: ReceiptWaiter
}
