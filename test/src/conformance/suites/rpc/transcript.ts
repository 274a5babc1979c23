/** One request and the response that has to come. */
export type Exchange = { request: string; response: unknown }

export type Transcript = {
  exchanges: Exchange[]
  /** Responses depend on the client: only their form is checked. */
  specOnly: boolean
}

/** Reads the `.io` format: `//` comments, `>>` request, `<<` response. */
export function parseTranscript(text: string): Transcript {
  const exchanges: Exchange[] = []
  let request: string | undefined
  let specOnly = false
  for (const line of text.split('\n')) {
    if (line.startsWith('//')) specOnly ||= /^\/\/\s*speconly/i.test(line)
    else if (line.startsWith('>>')) request = line.slice(2).trim()
    else if (line.startsWith('<<') && request !== undefined) {
      exchanges.push({ request, response: JSON.parse(line.slice(2)) })
      request = undefined
    }
  }
  return { exchanges, specOnly }
}
