import { describe, expect, it } from 'vitest'
import { createEvm } from './evm.js'
import { recordReads } from './readRecorder.js'
import { addressOf, block, bytecode, MapState, message, push } from './testing/fixture.js'

describe('recorded reads', () => {
  it('have, in tier 0, what a frame reads before it runs out of gas at an opcode that compiled code pays for earlier', () => {
    // Memory at an offset from the input, slot 1, memory far behind the same offset.
    const offset = bytecode(push(0xffffn), push(0n), 0x35, 0x16)
    const code = bytecode(offset, 0x80, 0x51, 0x50, push(1n), 0x54, 0x81, push(100_000n), 0x01, 0x51, 0x00)
    const state = new MapState()
      .set(addressOf(0xaa), { balance: 10n ** 18n })
      .set(addressOf(0xc0), { code, storage: [] })
    const recorder = recordReads(state)
    using session = createEvm({ mode: 'tier0' }).begin({ fork: 'osaka', chainId: 1n }, block, recorder)
    expect(session.transact(message({ gasLimit: 26_000n })).status).toBe('halt')
    const { accounts } = recorder.reads()
    expect(accounts.find(({ address }) => address[0] === 0xc0)?.slots).toHaveLength(1)
  })
})
