export type DevnetErrorCode =
  | 'portTaken'
  | 'stateDir'
  | 'notAStack'
  | 'alreadyRunning'
  | 'otherVersion'
  | 'l1Start'
  | 'l1Lost'
  | 'nodeStart'
  | 'nodeLocked'
  | 'story'
  | 'stopped'

/** Why a devnet cannot start or go on; the message is one line for the user. */
export class DevnetError extends Error {
  override name = 'DevnetError'
  readonly shortMessage: string
  constructor(
    readonly code: DevnetErrorCode,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options)
    this.shortMessage = message
  }
}
