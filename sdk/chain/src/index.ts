export { type CommandArgument, commandArguments } from './config/help.js'
export { resolveConfig, unknownFlags } from './config/resolve.js'
export {
  ConfigError,
  integerSetting,
  type Setting,
  type Settings,
  switchSetting,
  textSetting,
  type Values,
} from './config/setting.js'
export { type ChainInput, DefinitionError, defineChain } from './definition/defineChain.js'
export type {
  ChainDefinition,
  DataAvailabilityModule,
  ExecutionModule,
  FeesModule,
  GenesisModule,
  OpenStateOptions,
  SettlementModule,
  StateModule,
} from './definition/definition.js'
export { FolderLockedError, lockFolder } from './node/folderLock.js'
export { chainConfig, chainGenesis, type RunningNode, startNode } from './node/node.js'
export type { NodeEvent, NodeOptions } from './node/options.js'
export { identityOf } from './node/processIdentity.js'
export type { Health, HealthStatus, NodeMetrics, NodeStatus } from './node/status.js'
export type { Ordering, OrderingFactory, OrderingModules, Payload, Verdict } from './ordering/interface.js'
export { type SingleSequencerOptions, singleSequencer } from './ordering/single.js'
export { SealingLoop, type SealingOptions } from './sealing/loop.js'
