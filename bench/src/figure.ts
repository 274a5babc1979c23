/** Three significant digits, no exponent. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return Number(value.toPrecision(3)).toString()
}

/** A ratio to reach, with a cross when it is not. */
export function targetMark(ratio: number | null, target: number): string {
  return `≥${target}x${ratio !== null && ratio < target ? ' ✗' : ''}`
}
