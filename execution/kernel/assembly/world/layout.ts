/**
 * Where everything of the EVM lives in linear memory. Regions have fixed addresses; pages that nobody touches cost
 * address space only. The first MiB belongs to static data. EVM memory comes last, because it alone grows.
 *
 * Bounds follow from gas: a record of a region costs at least so much gas that a block of 60M gas cannot fill it.
 */

const KIB: usize = 1024
const MIB: usize = 1024 * 1024

/** The transaction, written by the host; see evm/message.ts. */
export const TRANSACTION: usize = MIB
/** The block's environment and the chain's rules, written by the host. */
export const ENVIRONMENT: usize = TRANSACTION + 4 * KIB
/** The outcome of a transaction, read by the host. */
export const RESULT: usize = ENVIRONMENT + 4 * KIB
/** Addresses of the precompiles: 20 bytes each. */
export const PRECOMPILES: usize = RESULT + 4 * KIB
export const MAX_PRECOMPILES: u32 = 512
/** Small buffers whose content lives only within one function. */
export const SCRATCH: usize = PRECOMPILES + 12 * KIB
/** What the host may use to pass addresses and words to exports, also in the middle of a precompile. */
export const EXCHANGE: usize = SCRATCH + 4 * KIB
/** Per opcode: gas and stack bounds; see evm/schedule.ts. */
export const OPCODES: usize = EXCHANGE + 4 * KIB
/** Slots of late, u32 each, see world/slotCache.ts; behind them the running transaction's number, u32, where compiled code can read it. */
export const SLOT_CELLS: usize = OPCODES + 4 * KIB
export const SLOT_CELLS_MASK: u32 = (1 << 12) - 1
export const RUNNING_TRANSACTION: usize = SLOT_CELLS + 16 * KIB

/** 1025 call frames of 256 bytes. */
export const FRAMES: usize = 2 * MIB
/** Hash table heads: u32 pointers to the first record of a chain. */
export const ACCOUNT_HEADS: usize = FRAMES + 320 * KIB
export const ACCOUNT_HEADS_MASK: u32 = (1 << 14) - 1
export const CODE_HEADS: usize = ACCOUNT_HEADS + 64 * KIB
export const CODE_HEADS_MASK: u32 = (1 << 14) - 1
export const SLOT_HEADS: usize = CODE_HEADS + 64 * KIB
export const SLOT_HEADS_MASK: u32 = (1 << 17) - 1

/** The EVM stacks of all frames, one after the other. */
export const STACKS: usize = 4 * MIB
/** Undo records of the running transaction, 48 bytes each, at least 50 gas each. */
export const JOURNAL: usize = STACKS + 34 * MIB
/** Logs of the running transaction, 8 gas a byte. More logs than fit are out of gas. */
export const LOGS: usize = JOURNAL + 64 * MIB
export const LOGS_END: usize = LOGS + 32 * MIB
/** What the last call of the current frame returned. Longer return data are out of gas. */
export const RETURN_DATA: usize = LOGS_END
export const RETURN_DATA_END: usize = RETURN_DATA + 32 * MIB
/** Where the kernel carries out tensor operations and inference: working memory of one call. */
export const TENSOR: usize = RETURN_DATA_END
export const TENSOR_END: usize = TENSOR + 64 * MIB
/** Accounts, slots and created code of the session. */
export const WORLD: usize = TENSOR_END
export const WORLD_END: usize = WORLD + 128 * MIB
/** Code read from the state; survives the session. */
export const CODES: usize = WORLD_END
export const CODES_END: usize = CODES + 176 * MIB
/** What the profiling interpreter saw; see evm/profile.ts. */
export const PROFILES: usize = CODES_END
export const PROFILES_END: usize = PROFILES + 16 * MIB
/** The transaction's data, then init code and EVM memory of the frames, one after the other. Grows. */
export const MEMORY: usize = PROFILES_END
/** EVM memory beyond this is out of gas: a rule of execution, so it is the same in every build. */
export const MEMORY_END: usize = MEMORY + 2048 * MIB

/** Grows linear memory so that [0, end) exists; false when the machine has no more. */
export function reserve(end: usize): bool {
  // The proof build's memory is fixed and holds all regions.
  if (!ASC_FEATURE_SIMD) return end <= MEMORY_END
  const have = usize(memory.size()) << 16
  if (end <= have) return true
  if (end > MEMORY_END) return false
  // Grow by an eighth more than asked: growing costs a system call and a new view for the host.
  const wanted = min<usize>(MEMORY_END, end + ((end - MEMORY) >> 3) + MIB)
  return memory.grow(i32((wanted - have + 0xffff) >> 16)) >= 0
}
