export { findBlock, requireBlock } from './blocks.js'
export { invalidParams, limitExceeded, RpcError, rpcErrorCode, serverError } from './errors.js'
export { formatBlock } from './format/block.js'
export { quantity as formatQuantity } from './format/quantity.js'
export { formatLog, formatReceipt } from './format/receipt.js'
export { formatTransaction } from './format/transaction.js'
export { testingMethods } from './methods/testing/buildBlockV1.js'
export { type MethodMetrics, RpcMetrics, type RpcObserver } from './metrics.js'
export { type CorsOptions, defaultLimits, type RpcLimits, type RpcServerOptions } from './options.js'
export { type BlockRef, blockNumberOrTag, blockRef } from './params/block.js'
export { callRequest } from './params/call.js'
export { arrayOf, boolean, objectOf, optional, type Parser, recordOf, string } from './params/core.js'
export { address, bytes, count, hash, hexData, quantity, slot, uint64 } from './params/hex.js'
export {
  defineMethod,
  type MethodRegistry,
  type RpcConnection,
  type RpcContext,
  type RpcMethod,
} from './registry.js'
export { createRpcServer, type RpcServer, type RpcServerModules } from './server.js'
