import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { describe, expect, it } from 'vitest'
// @ts-expect-error: plain JavaScript, shared with the build script
import { checkProofModule } from '../proofRules.mjs'
import { createTensorKernel } from './tensor.js'

const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--disable', 'simd']
const fixedMemory = ['--disable', 'nontrapping-f2i', '--initialMemory', '64', '--maximumMemory', '64']

describe('tensor kernel', () => {
  it('compiles without SIMD to what a dispute can replay step by step', async () => {
    let text = ''
    const { error, stderr } = await asc.main(
      [
        'assembly/entry/tensor.ts',
        '--outFile',
        'm.wasm',
        '--textFile',
        'm.wat',
        ...flags,
        ...fixedMemory,
      ].concat('--baseDir', fileURLToPath(new URL('..', import.meta.url))),
      {
        writeFile(name, contents) {
          if (name.endsWith('.wat')) text = String(contents)
        },
      },
    )
    expect(error, stderr.toString()).toBeNull()
    expect(text).toContain('(export "run"')
    expect(checkProofModule(text)).toEqual([])
  })

  it.each(['simd', 'scalar'] as const)('has a memory of its own in each %s instance', (variant) => {
    const [a, b] = [createTensorKernel(variant), createTensorKernel(variant)]
    expect(a.base() % 64).toBe(0)
    new Uint8Array(a.memory.buffer)[a.base()] = 7
    expect(new Uint8Array(b.memory.buffer)[b.base()]).toBe(0)
  })
})
