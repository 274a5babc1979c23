import { privateKeyToAddress } from 'viem/accounts'
import { type CaseResult, failed, passed } from '../../cases.js'

/** The file's signatures are of a message that it does not tell, so that only the addresses can be checked. */
type KeyFixture = { seed: string; key: string; addr: string }

export function checkKeyAddresses(unit: string, fixtures: unknown): CaseResult[] {
  return (fixtures as KeyFixture[]).map(({ seed, key, addr }) => {
    const address = privateKeyToAddress(`0x${key}`).toLowerCase()
    const name = `${unit} ${seed}`
    return address === `0x${addr}` ? passed(name) : failed(name, `address ${address}`)
  })
}
