import { decodeTransaction, encodeTransaction } from '@metis-stack/chain'
import { bytesToHex } from '@metis-stack/kernel'
import { privateKeyToAddress } from 'viem/accounts'
import { type CaseResult, failed, passed } from '../../cases.js'
import { bytesOf } from '../../hex.js'

type SignedFixture = { key: string; nonce: number; gasprice: number; startgas: number; signed: string }

/** Signed transactions of a known key: the sender must be its address, the encoding the same again. */
export function checkSigned(unit: string, fixtures: unknown): CaseResult[] {
  return (fixtures as SignedFixture[]).map((test, index) => {
    const name = `${unit} #${index}`
    const transaction = decodeTransaction(bytesOf(test.signed), { allowHighS: true })
    const right =
      transaction.type === 0 &&
      transaction.from === privateKeyToAddress(`0x${test.key}`).toLowerCase() &&
      transaction.nonce === BigInt(test.nonce) &&
      transaction.gasPrice === BigInt(test.gasprice) &&
      transaction.gas === BigInt(test.startgas) &&
      bytesToHex(encodeTransaction(transaction)) === `0x${test.signed}`
    return right ? passed(name) : failed(name, `sender ${transaction.from}`)
  })
}
