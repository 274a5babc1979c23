import { StateError } from '../errors.js'
import type { Version, Versions } from './version.js'

/** In place of the time until which a lease holds. */
const released = 0n
const revoked = -1n

/** A promise in shared memory that a version stays, until a time that its holder moves on. */
export type Lease = { time: BigInt64Array; nanoseconds: bigint }

/** Fronts of other threads have numbers from 1 on. */
const maximumLeases = 63

/**
 * Versions that other threads read. A lease that its holder gives back, or does not renew because it is gone, ends with the next commit;
 * the time is that of `process.hrtime`, which all threads of a process have in common.
 */
export class Leases {
  readonly #versions: Versions
  readonly #held = new Map<number, { lease: Lease; version: Version }>()

  constructor(versions: Versions) {
    this.#versions = versions
  }

  get count(): number {
    return this.#held.size
  }

  /** @throws {StateError} `outOfMemory` when all are held */
  grant(version: Version, milliseconds: number): { lease: Lease; number: number } {
    this.expire()
    let number = 1
    while (this.#held.has(number)) number++
    if (number > maximumLeases) {
      throw new StateError('outOfMemory', `Other threads read ${maximumLeases} states already.`)
    }
    const nanoseconds = BigInt(Math.round(milliseconds * 1e6))
    const time = new BigInt64Array(new SharedArrayBuffer(8))
    time[0] = process.hrtime.bigint() + nanoseconds
    const lease = { time, nanoseconds }
    version.pins++
    this.#held.set(number, { lease, version })
    return { lease, number }
  }

  /** Ends the leases that were given back or not renewed. */
  expire(): void {
    if (this.#held.size === 0) return
    const now = process.hrtime.bigint()
    for (const [number, { lease, version }] of this.#held) {
      const until = Atomics.load(lease.time, 0)
      if (until > now) continue
      if (until !== released && Atomics.compareExchange(lease.time, 0, until, revoked) !== until) continue
      this.#held.delete(number)
      this.#versions.unpin(version)
    }
  }

  /** Nobody reads any more. */
  revokeAll(): void {
    for (const { lease } of this.#held.values()) Atomics.store(lease.time, 0, revoked)
    this.#held.clear()
  }
}

/** The holder's side. */
export class HeldLease {
  readonly #lease: Lease
  #until: bigint

  constructor(lease: Lease) {
    this.#lease = lease
    this.#until = Atomics.load(lease.time, 0)
  }

  /** Before a read: renewed when less than three quarters of it are left. @throws {StateError} `closed` */
  hold(): void {
    const { time, nanoseconds } = this.#lease
    const now = process.hrtime.bigint()
    if (this.#until - now > (nanoseconds * 3n) / 4n) return
    const next = now + nanoseconds
    if (this.#until <= released || Atomics.compareExchange(time, 0, this.#until, next) !== this.#until) {
      throw ended()
    }
    this.#until = next
  }

  /** After a read: whether what was read was still there. @throws {StateError} `closed` */
  confirm(): void {
    if (Atomics.load(this.#lease.time, 0) !== this.#until) throw ended()
  }

  release(): void {
    Atomics.compareExchange(this.#lease.time, 0, this.#until, released)
    this.#until = released
  }
}

function ended(): StateError {
  return new StateError('closed', 'The state is not held for this thread any more.')
}
