export type Value = string | boolean | null | Value[]

export type Vector = { input: Record<string, Value>; output: Value }

/**
 * The little of YAML that the vectors use: `input:` with scalars, lists of scalars or lists of lists below, then `output:`, and
 * numbers in brackets, over several lines.
 */
export function parseVector(text: string): Vector {
  const input: Record<string, Value> = {}
  let output: Value = null
  let put: (value: Value) => void = () => {}
  let list: Value[] = []
  let inner: Value[] = []
  for (const line of joinBrackets(text).split('\n')) {
    const item = /^ *- (- )?(.*)$/.exec(line)
    if (item) {
      if (list.length === 0) put(list)
      const [, opens, value = ''] = item
      if (opens) {
        inner = []
        list.push(inner)
      }
      const target = Array.isArray(list.at(-1)) ? inner : list
      target.push(scalarOf(value))
      continue
    }
    const entry = /^( *)(\w+): ?(.*)$/.exec(line)
    if (!entry) continue
    const [, indent, key = '', value = ''] = entry
    list = []
    put = (parsed) => {
      if (indent !== '') input[key] = parsed
      else if (key === 'output') output = parsed
    }
    if (value !== '') put(scalarOf(value))
  }
  return { input, output }
}

const joinBrackets = (text: string) => text.replace(/\[[^\]]*\]/g, (list) => list.replace(/\s+/g, ''))

function scalarOf(text: string): Value {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text.startsWith('[')) return text.slice(1, -1).split(',').filter(Boolean)
  return text === 'null' ? null : text.replaceAll("'", '')
}
