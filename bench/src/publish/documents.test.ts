import { describe, expect, it } from 'vitest'
import { render } from './documents.js'
import { readResults } from './results.js'

describe('documents', () => {
  it('quote what the harness measured, and nothing else', () => {
    for (const { text, before } of render(readResults())) expect(before).toBe(text)
  })

  it('quote only rows whose results were equal', () => {
    const rows = Object.values(readResults()).flatMap(({ rows }) => rows)
    expect(rows.filter(({ equal }) => !equal)).toEqual([])
  })
})
