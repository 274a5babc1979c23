import pc from 'picocolors'

/** Where a command's lines go: to people, or as JSON to machines. */
export type Output = {
  readonly json: boolean
  /** One line for people, which machines get as `{type, …data}`. */
  line(type: string, data: Record<string, unknown>, text: string): void
  warn(type: string, data: Record<string, unknown>, text: string): void
}

export function createOutput(json: boolean): Output {
  // A reader that went away must not take the stack down.
  process.stdout.on('error', () => {})
  const write = (type: string, data: Record<string, unknown>, text: string): void => {
    process.stdout.write(json ? `${JSON.stringify({ type, ...data })}\n` : `${text}\n`)
  }
  return { json, line: write, warn: (type, data, text) => write(type, data, pc.yellow(text)) }
}

/** Exactly one line about what went wrong, then the end. */
export function failWith(error: unknown, json: boolean): never {
  const { code, shortMessage, message } = error as { code?: string; shortMessage?: string; message?: string }
  const line = (shortMessage ?? message ?? String(error)).split('\n', 1)[0]!
  if (json)
    process.stdout.write(`${JSON.stringify({ type: 'error', code: code ?? 'unknown', message: line })}\n`)
  else process.stderr.write(`${pc.red('metis:')} ${line}\n`)
  process.exit(1)
}
