/** An account without its storage root. Structurally equal to `metisvm`'s `Account`. */
export type Account = {
  nonce: bigint
  /** wei */
  balance: bigint
  /** keccak-256 of the code, 32 bytes */
  codeHash: Uint8Array
}

/** One account after execution; structurally equal to `metisvm`'s `AccountChange`. */
export type AccountChange = {
  address: Uint8Array
  /** `null`: the account no longer exists. */
  account: Account | null
  code?: Uint8Array
  /** Earlier storage is gone before `storage` applies. */
  storageCleared: boolean
  /** slot → value, 32 bytes each; a zero value deletes. */
  storage: [slot: Uint8Array, value: Uint8Array][]
}

export type StateChanges = AccountChange[]

/** What reads a state without JavaScript; structurally equal to `metisvm`'s `NativeState`, which explains it. */
export type NativeState = {
  readonly state: number
  readonly account: (state: number, a0: bigint, a1: bigint, a2: number) => number
  readonly storage: (
    state: number,
    a0: bigint,
    a1: bigint,
    a2: number,
    s0: bigint,
    s1: bigint,
    s2: bigint,
    s3: bigint,
  ) => number
  readonly hasStorage: (state: number, a0: bigint, a1: bigint, a2: number) => number
  readonly word: (index: number) => bigint
}

/** EIP-1186 proof: RLP trie nodes from the root down. */
export type AccountProof = {
  account: Account | undefined
  /** 32 bytes */
  storageRoot: Uint8Array
  accountProof: Uint8Array[]
  storageProof: { slot: Uint8Array; value: Uint8Array; proof: Uint8Array[] }[]
}

/** What executing reads of a state and does to it. */
export type Touched = {
  accounts: readonly { address: Uint8Array; slots: readonly Uint8Array[] }[]
  changes: StateChanges
  /** Hashes of the codes that it reads. */
  codes: readonly Uint8Array[]
}

/** All that executing needs of a state, each piece found by its keccak-256. */
export type Witness = {
  /** RLP, each node once or oftener. */
  nodes: Uint8Array[]
  codes: Uint8Array[]
}

/** An immutable snapshot: never blocks the writer, never changes. Reads are synchronous. */
export interface View {
  /** State root, 32 bytes. */
  readonly root: Uint8Array
  account(address: Uint8Array): Account | undefined
  /** 32 bytes big-endian, `undefined` for zero. */
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined
  code(codeHash: Uint8Array): Uint8Array
  hasStorage(address: Uint8Array): boolean
  /** For readers in WebAssembly, where the state has such; valid as long as the view can be reached. */
  readonly native?: NativeState | undefined
  proof(address: Uint8Array, slots: Uint8Array[]): AccountProof
  /** The trie nodes with which whoever has only the root can read what was touched, apply the changes and get the next root. */
  witness(touched: Touched): Witness
  /**
   * Trie node or code by its keccak-256; `undefined` when this state has no such. Nodes are asked for from the root down: others
   * need not be found.
   */
  preimage(hash: Uint8Array): Uint8Array | undefined
  overlay(): Overlay
}

/** Writes on top of a view; nothing is durable, or visible to others, before `commit`. */
export interface Overlay {
  /** Later changes replace earlier ones. Keeps what it is given: do not modify it afterwards. */
  apply(changes: StateChanges): void
  /** Ethereum state root with all changes applied, 32 bytes. */
  root(): Uint8Array
  /** The overlay as a view, before it is durable. */
  view(): View
  /** Makes the state durable (resolved = survives SIGKILL and power loss) and returns its root. */
  commit(): Promise<Uint8Array>
}

/** The state of all kept blocks, by root. */
export interface State extends AsyncDisposable {
  /** @throws {StateNotFoundError} when the root is not kept. */
  at(root: Uint8Array): View
  has(root: Uint8Array): boolean
  close(): Promise<void>
}
