import type { File, Files } from './files.js'

const sector = 512

type Content = {
  /** What a power loss leaves for sure. */
  durable: Uint8Array
  /** What reads see. */
  current: Uint8Array
  /** Sectors, and lengths, that are not durable yet. */
  dirty: Set<number>
}

/** Error of a failing disk. */
export function diskError(code: 'ENOSPC' | 'EIO'): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}

/**
 * A disk in memory that loses, tears and reorders what was not flushed when the power goes, and fails when it is told to.
 * `random` gives numbers from 0 to below 1.
 */
export class SimulatedDisk implements Files {
  readonly #random: () => number
  #names = new Map<string, Content>()
  #durableNames = new Map<string, Content>()
  /** Changes of the folder that are not flushed; a power loss keeps the first of them, how many is chance. */
  #folderChanges: ((names: Map<string, Content>) => void)[] = []
  /** Called before every operation that writes; throws to make it fail. */
  beforeWrite: (operation: string) => void = () => {}
  /** How many bytes of a failing write arrive: a part of it. */
  #dead = false

  constructor(random: () => number) {
    this.#random = random
  }

  chance(): number {
    return this.#random()
  }

  async list(): Promise<string[]> {
    this.#check()
    return [...this.#names.keys()]
  }

  async open(name: string): Promise<File> {
    this.#check()
    let content = this.#names.get(name)
    if (!content) {
      this.#write(`create ${name}`)
      const made: Content = { durable: new Uint8Array(), current: new Uint8Array(), dirty: new Set() }
      this.#change((names) => names.set(name, made))
      content = made
    }
    return this.#file(name, content)
  }

  async rename(from: string, to: string): Promise<void> {
    this.#write(`rename ${from}`)
    this.#change((names) => {
      const content = names.get(from)
      if (!content) return
      names.delete(from)
      names.set(to, content)
    })
  }

  async remove(name: string): Promise<void> {
    this.#write(`remove ${name}`)
    this.#change((names) => names.delete(name))
  }

  async syncFolder(): Promise<void> {
    this.#write('sync folder')
    this.#folderChanges = []
    this.#durableNames = new Map(this.#names)
  }

  /** From now on every operation fails, as for a process that is gone. */
  die(): void {
    this.#dead = true
  }

  /** The process ends; what it wrote stays. */
  restart(): void {
    this.#dead = false
    this.beforeWrite = () => {}
  }

  /** The power goes: of what was not flushed, anything may be there. */
  losePower(): void {
    this.restart()
    const kept = Math.floor(this.#random() * (this.#folderChanges.length + 1))
    for (const change of this.#folderChanges.slice(0, kept)) change(this.#durableNames)
    this.#folderChanges = []
    this.#names = new Map(this.#durableNames)
    for (const content of this.#names.values()) this.#tear(content)
  }

  /** Changes one bit of a file; returns which. */
  flipBit(): string {
    const files = [...this.#names].filter(([, { current }]) => current.length > 0)
    const [name, content] = files[Math.floor(this.#random() * files.length)]!
    const at = Math.floor(this.#random() * content.current.length)
    const bit = Math.floor(this.#random() * 8)
    content.current[at]! ^= 1 << bit
    content.durable = content.current.slice()
    return `${name}, byte ${at}, bit ${bit}`
  }

  /** Cuts the end off a file; returns where. */
  truncateSome(): string {
    const files = [...this.#names].filter(([, { current }]) => current.length > 0)
    const [name, content] = files[Math.floor(this.#random() * files.length)]!
    content.current = content.current.slice(0, Math.floor(this.#random() * content.current.length))
    content.durable = content.current.slice()
    return `${name} at ${content.current.length}`
  }

  #file(name: string, content: Content): File {
    const read = (into: Uint8Array, position: number): number => {
      this.#check()
      const part = content.current.subarray(position, position + into.length)
      into.set(part)
      return part.length
    }
    const write = (bytes: Uint8Array, position: number): void => {
      try {
        this.#write(`write ${name}`)
      } catch (error) {
        if (!this.#dead) put(content, bytes.subarray(0, Math.floor(this.#random() * bytes.length)), position)
        throw error
      }
      put(content, bytes, position)
    }
    return {
      descriptor: undefined,
      size: async () => content.current.length,
      read: async (into, position) => read(into, position),
      readNow: read,
      write: async (bytes, position) => write(bytes, position),
      writeNow: write,
      truncate: async (length) => {
        this.#write(`truncate ${name}`)
        const next = new Uint8Array(length)
        next.set(content.current.subarray(0, length))
        markDirty(content, Math.min(length, content.current.length), Math.max(length, content.current.length))
        content.current = next
      },
      sync: async () => {
        this.#write(`sync ${name}`)
        content.durable = content.current.slice()
        content.dirty.clear()
      },
      close: async () => {},
    }
  }

  #change(change: (names: Map<string, Content>) => void): void {
    change(this.#names)
    this.#folderChanges.push(change)
  }

  #check(): void {
    if (this.#dead) throw diskError('EIO')
  }

  #write(operation: string): void {
    this.#check()
    this.beforeWrite(operation)
  }

  #tear(content: Content): void {
    const { durable, current, dirty } = content
    const lengths = [
      durable.length,
      current.length,
      durable.length + this.#random() * (current.length - durable.length),
    ]
    const next = new Uint8Array(Math.floor(lengths[Math.floor(this.#random() * 3)]!))
    next.set(durable.subarray(0, next.length))
    const chance = this.#random()
    for (const index of dirty) {
      if (this.#random() > chance || index * sector >= next.length) continue
      const bytes = current.subarray(index * sector, Math.min((index + 1) * sector, next.length))
      next.set(bytes, index * sector)
    }
    content.current = next
    content.durable = next.slice()
    content.dirty.clear()
  }
}

function put(content: Content, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length
  if (end > content.current.length) {
    const next = new Uint8Array(end)
    next.set(content.current)
    content.current = next
  }
  content.current.set(bytes, position)
  markDirty(content, position, end)
}

function markDirty(content: Content, from: number, to: number): void {
  for (let index = Math.floor(from / sector); index * sector < to; index++) content.dirty.add(index)
}
