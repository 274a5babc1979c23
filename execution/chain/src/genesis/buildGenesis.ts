import { bytesToHex, emptyCodeHash, emptyTrieRoot, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { createMemoryState, type State, type StateChanges, type View } from '@metis-stack/metisdb'
import type { Evm, Fork } from '@metis-stack/metisvm'
import type { Genesis } from '../chain/interface.js'
import { createBlock } from '../codec/block.js'
import { emptyBloom } from '../codec/bloom.js'
import type { ChainConfig } from '../config/config.js'
import { forkAt, isAtLeast } from '../config/forkAt.js'
import { ChainError } from '../errors.js'
import { environmentOf, rulesOf } from '../execution/context.js'
import { initialBaseFee } from '../fees/baseFee.js'
import type { Header } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import {
  emptyRequestsHash,
  emptyRoot,
  emptyUnclesHash,
  zeroAddress,
  zeroHash,
  zeroNonce,
} from '../validation/constants.js'

export type GenesisAccount = {
  /** wei */
  balance?: bigint
  nonce?: bigint
  code?: Hex
  /** slot → value, any length up to 32 bytes */
  storage?: Record<Hex, Hex>
}

/** A contract that exists from the start: its init code (constructor arguments appended) runs at its address. */
export type Predeploy = { address: Hex; initCode: Hex; balance?: bigint }

export type GenesisOptions = {
  config: ChainConfig
  alloc?: Record<Hex, GenesisAccount>
  /** In this order; a constructor may call those before it. */
  predeploys?: Predeploy[]
  /** seconds; 0n when absent */
  timestamp?: bigint
  extraData?: Hex
  gasLimit?: bigint
  /** wei per gas */
  baseFeePerGas?: bigint
  /** Further header fields, to rebuild the genesis of an existing chain. */
  header?: Partial<Header>
}

/**
 * The first block and the state that it commits to. Equal options give the equal hash.
 *
 * @throws {ChainError} `predeployFailed`
 */
export function buildGenesis(options: GenesisOptions, modules: { evm: Evm }): Genesis {
  const { config, alloc = {}, predeploys = [] } = options
  const draft = genesisHeader(options, emptyRoot)
  const fork = forkAt(config, draft)
  const steps: StateChanges[] = [allocChanges(alloc)]
  let view = after(createMemoryState().at(emptyTrieRoot), steps[0]!)
  for (const predeploy of predeploys) {
    const changes = deploy(predeploy, { config, fork, header: draft, view, evm: modules.evm })
    steps.push(changes)
    view = after(view, changes)
  }
  const header = genesisHeader(options, bytesToHex(view.root))
  const withdrawals = header.withdrawalsRoot === undefined ? undefined : []
  return {
    block: createBlock(header, { transactions: [], uncles: [], withdrawals }),
    commit: (state) => commit(state, steps, header.stateRoot),
  }
}

async function commit(state: State, steps: StateChanges[], root: Hex): Promise<void> {
  if (state.has(hexToBytes(root))) return
  const overlay = state.at(emptyTrieRoot).overlay()
  for (const changes of steps) overlay.apply(changes)
  await overlay.commit()
}

function after(view: View, changes: StateChanges): View {
  const overlay = view.overlay()
  overlay.apply(changes)
  return overlay.view()
}

function allocChanges(alloc: Record<Hex, GenesisAccount>): StateChanges {
  return Object.entries(alloc).map(([address, account]) => {
    const code = hexToBytes(account.code ?? '0x')
    return {
      address: hexToBytes(address),
      account: {
        nonce: account.nonce ?? 0n,
        balance: account.balance ?? 0n,
        codeHash: code.length > 0 ? keccak256(code) : emptyCodeHash,
      },
      ...(code.length > 0 && { code }),
      storageCleared: false,
      storage: Object.entries(account.storage ?? {}).map(([slot, value]): [Uint8Array, Uint8Array] => [
        word(slot),
        word(value),
      ]),
    }
  })
}

function deploy(
  { address, initCode, balance }: Predeploy,
  modules: { config: ChainConfig; fork: Fork; header: Header; view: View; evm: Evm },
): StateChanges {
  const { config, fork, header, view, evm } = modules
  const at = hexToBytes(address)
  const rules = rulesOf(config, fork, header.timestamp)
  using session = evm.begin(
    rules,
    environmentOf(config, fork, header, () => undefined),
    view,
  )
  session.override(at, { code: hexToBytes(initCode), nonce: 1n, ...(balance !== undefined && { balance }) })
  const result = session.systemCall(at, new Uint8Array())
  if (result.status !== 'success')
    throw new ChainError('predeployFailed', `The constructor of the predeploy at ${address} failed.`, {
      meta: { address, status: result.status, halt: result.halt, output: bytesToHex(result.output) },
    })
  const codeHash = keccak256(result.output)
  return session
    .changes()
    .map((change) =>
      bytesToHex(change.address) === address.toLowerCase() && change.account
        ? { ...change, account: { ...change.account, codeHash }, code: result.output }
        : change,
    )
}

function genesisHeader(options: GenesisOptions, stateRoot: Hex): Header {
  const { config } = options
  const point = { number: 0n, timestamp: options.header?.timestamp ?? options.timestamp ?? 0n }
  const fork = forkAt(config, point)
  return {
    parentHash: zeroHash,
    sha3Uncles: emptyUnclesHash,
    miner: zeroAddress,
    transactionsRoot: emptyRoot,
    receiptsRoot: emptyRoot,
    logsBloom: emptyBloom,
    difficulty: 0n,
    gasLimit: options.gasLimit ?? config.gasLimit,
    gasUsed: 0n,
    extraData: options.extraData ?? '0x',
    mixHash: zeroHash,
    nonce: zeroNonce,
    ...(isAtLeast(fork, 'london') && { baseFeePerGas: options.baseFeePerGas ?? initialBaseFee }),
    ...(isAtLeast(fork, 'shanghai') && { withdrawalsRoot: emptyRoot }),
    ...(isAtLeast(fork, 'cancun') && {
      blobGasUsed: 0n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: zeroHash,
    }),
    ...(isAtLeast(fork, 'prague') && { requestsHash: emptyRequestsHash }),
    ...options.header,
    ...point,
    stateRoot,
  }
}

function word(hex: string): Uint8Array {
  return hexToBytes(hex.slice(2).padStart(64, '0'))
}
