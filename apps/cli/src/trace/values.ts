const longest = 80

/** A decoded argument as short text. */
export function showValue(value: unknown): string {
  const text = Array.isArray(value)
    ? `[${value.map(showValue).join(', ')}]`
    : typeof value === 'object' && value !== null
      ? `{${Object.entries(value)
          .map(([key, item]) => `${key}: ${showValue(item)}`)
          .join(', ')}}`
      : typeof value === 'string' && !value.startsWith('0x')
        ? JSON.stringify(value)
        : String(value)
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text
}
