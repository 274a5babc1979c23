export type Value = string | boolean | null | Value[]

export type Vector = { input: Record<string, Value>; output: Value }

/** The little of YAML that the vectors use: `input:` with indented scalars or lists of scalars, then `output:`. */
export function parseVector(text: string): Vector {
  const input: Record<string, Value> = {}
  let output: Value = null
  let put: (value: Value) => void = () => {}
  let list: Value[] = []
  for (const line of text.split('\n')) {
    const item = /^ *- (.*)$/.exec(line)
    if (item) {
      if (list.length === 0) put(list)
      list.push(scalarOf(item[1]!))
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

function scalarOf(text: string): Value {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === '[]') return []
  return text === 'null' ? null : text.replaceAll("'", '')
}
