import pc from 'picocolors'

/** Shows how far something is: a bar that renews itself on a terminal, a plain line every five seconds elsewhere. */
export type ProgressBar = {
  show(done: number, text: string): void
  /** Clears the bar. */
  end(): void
}

const width = 30

export function createProgressBar(
  name: string,
  stream: NodeJS.WriteStream = process.stderr,
  now: () => number = () => performance.now(),
): ProgressBar {
  let told = Number.NEGATIVE_INFINITY
  return {
    show(done, text) {
      if (now() - told < (stream.isTTY ? 100 : 5_000)) return
      told = now()
      const share = Math.max(0, Math.min(1, done))
      const percent = `${Math.round(share * 100)} %`
      if (!stream.isTTY) {
        stream.write(`${name}: ${percent}, ${text}\n`)
        return
      }
      const filled = Math.round(share * width)
      const bar = `${'█'.repeat(filled)}${pc.dim('░'.repeat(width - filled))}`
      stream.write(`\r\x1b[K${name} ${bar} ${percent.padStart(5)}  ${text}`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}
