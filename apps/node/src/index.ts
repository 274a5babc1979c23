export { type DevAccount, devAccount, devMnemonic, userAccounts } from './devnet/accounts.js'
export { readDefinition } from './devnet/definitions.js'
export {
  type Devnet,
  type DevnetEvent,
  type DevnetOptions,
  defaultPorts,
  startDevnet,
} from './devnet/devnet.js'
export { DevnetError, type DevnetErrorCode } from './devnet/errors.js'
export type { Ports } from './devnet/ports.js'
export { callRpc } from './devnet/rpc.js'
export { stackAddresses } from './devnet/stack.js'
export type { Endpoint, StackInfo } from './devnet/stackInfo.js'
export { tellStory } from './devnet/tellStory.js'
export { type UnitStatus, unitStatus } from './devnet/unitStatus.js'
export { andromeda } from './profiles/andromeda.js'
export type { Deployment, Roles } from './profiles/deployment.js'
export { hyperion } from './profiles/hyperion.js'
export { renderStory } from './story/render.js'
export type { StoryReport } from './story/report.js'
