/** Numbers that cross the border to the host; metisvm's kernel/codes.ts has the same lists. */

/** Why an execution halted. */
// prettier-ignore
export const enum Halt {
  None, OutOfGas, StackUnderflow, StackOverflow, InvalidJump, InvalidOpcode, StaticViolation, ReturnDataOutOfBounds,
  CreateCollision, CodeTooLarge, InitcodeTooLarge, InvalidCode, CallDepth, InsufficientBalance, NonceOverflow,
  PrecompileFailure,
}

/** Why a transaction may not be included. */
// prettier-ignore
export const enum Invalid {
  None, NonceTooLow, NonceTooHigh, NonceMax, InsufficientFunds, IntrinsicGas, FloorGas, GasLimitAboveBlock,
  GasLimitAboveCap, FeeBelowBaseFee, TipAboveFee, SenderNotEoa, InitcodeTooLarge, TypeNotSupported, BlobFeeTooLow,
  NoBlobs, TooManyBlobs, BlobVersion, BlobCreate, EmptyAuthorizationList, SetCodeCreate, ChainIdMismatch,
}

export const enum Status {
  Success,
  Revert,
  Halt,
}

/** How a frame's execution paused or ended. */
export const enum Exit {
  /** Ended well; the output is set. */
  Return,
  Revert,
  /** Failed: all gas of the frame is gone. */
  Halt,
  /** Stands at a CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE or CREATE2 that the driver carries out. */
  Call,
  /** Nothing ended: the frame is to go on where it stands. */
  Yield,
  /** One opcode was executed, as asked. */
  Stepped,
  /** Compiled code gives up at a block's start: the interpreter is to go on. */
  Interpret,
}
