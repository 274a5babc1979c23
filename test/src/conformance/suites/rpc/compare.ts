import { isDeepStrictEqual } from 'node:util'
import type { OpenRpc } from './openRpc.js'
import type { Exchange } from './transcript.js'

type Response = { result?: unknown; error?: { code: number; message: string; data?: unknown } }

/**
 * How a response differs from the transcript, or undefined. Of errors, code and data are compared: messages are a client's
 * own. Of a response that depends on the client, only the schema is checked.
 */
export function responseProblem(
  { request, response }: Exchange,
  actual: unknown,
  specOnly: boolean,
  openRpc: OpenRpc,
): string | undefined {
  const expected = response as Response
  const got = actual as Response
  if (expected.error || got.error) return errorProblem(expected, got)
  if (!specOnly) return firstDifference(expected.result, got.result)
  const { method } = JSON.parse(request) as { method: string }
  return openRpc.problem(method, got.result)
}

function errorProblem(expected: Response, got: Response): string | undefined {
  const want = expected.error
  if (!want) return `unexpected error ${got.error?.code} ${got.error?.message}`
  if (!got.error) return `error ${want.code} expected (${want.message}), got a result`
  if (want.code !== got.error.code)
    return `error ${got.error.code} (${got.error.message}) instead of ${want.code} (${want.message})`
  if (want.data !== undefined && want.data !== got.error.data) return 'error data differ'
  return undefined
}

/** Where two JSON values first differ, with both sides. */
function firstDifference(expected: unknown, got: unknown, path = 'result'): string | undefined {
  if (isDeepStrictEqual(expected, got)) return undefined
  if (isBranch(expected) && isBranch(got) && Array.isArray(expected) === Array.isArray(got)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      const problem = firstDifference(expected[key], got[key], `${path}.${key}`)
      if (problem !== undefined) return problem
    }
  }
  return `${path}: ${brief(got)} instead of ${brief(expected)}`
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function brief(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
