import pc from 'picocolors'

/** Fields of a result, one a line; those of nested objects with theirs behind the name. Sizes are for people to read. */
export function databaseLines(result: Record<string, unknown>): string {
  return fields('', result)
    .map(([name, value]) => `${pc.dim(name.padEnd(24))} ${value}`)
    .join('\n')
}

function fields(prefix: string, record: Record<string, unknown>): [string, string][] {
  return Object.entries(record).flatMap(([key, value]): [string, string][] => {
    const name = prefix + key
    if (value === undefined || value === null) return []
    if (Array.isArray(value)) return value.length > 0 ? [[name, value.join('; ')]] : []
    if (typeof value === 'object') return fields(`${name}.`, value as Record<string, unknown>)
    return [[name, shown(name, value)]]
  })
}

function shown(name: string, value: unknown): string {
  if (typeof value !== 'number') return String(value)
  return /bytes$|^disk\./i.test(name) ? sizeOf(value) : value.toLocaleString('en')
}

function sizeOf(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`
}
