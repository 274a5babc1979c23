import pc from 'picocolors'
import type { ExplainedCall, Explanation } from '../trace/explain.js'

/** A transaction's calls as a tree and, when it failed, where in the sources. */
export function transactionTraceText({ status, failure, trace, root }: Explanation): string {
  const lines = callLines(root, '', '')
  if (status === 'success') return [...lines, pc.green('success')].join('\n')
  lines.push('', pc.red(`failed: ${failure}`))
  for (const { what, to, stack } of trace) {
    lines.push(`  in ${what}${to ? pc.dim(` at ${to}`) : ''}`)
    for (const { name, file, line, column, text } of stack) {
      lines.push(`    at ${name} (${file}:${line}:${column})`, pc.dim(`         ${text}`))
    }
    if (stack.length === 0) lines.push(pc.dim('    no artefact knows this code'))
  }
  return lines.join('\n')
}

function callLines(call: ExplainedCall, head: string, indent: string): string[] {
  const failure = call.failure === undefined ? '' : pc.red(` ✗ ${call.failure}`)
  const kind = call.type === 'CALL' ? '' : pc.dim(` ${call.type.toLowerCase()}`)
  const inner = call.calls.flatMap((child, i) => {
    const isLast = i === call.calls.length - 1
    return callLines(child, `${indent}${isLast ? '└─ ' : '├─ '}`, `${indent}${isLast ? '   ' : '│  '}`)
  })
  return [`${head}${call.what}${kind}${pc.dim(` ${call.gasUsed} gas`)}${failure}`, ...inner]
}
