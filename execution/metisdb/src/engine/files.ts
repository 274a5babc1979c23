import { readSync, writeSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** All that the engine does with a disk, so that tests can put a failing one underneath. Names are within one folder. */
export interface Files {
  list(): Promise<string[]>
  open(name: string): Promise<File>
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
  /** Makes what `open`, `rename` and `remove` did survive a power loss. */
  syncFolder(): Promise<void>
}

/** A file open for reading and writing; made when absent. */
export interface File {
  /** By which the system can map it, where it can. */
  readonly descriptor: number | undefined
  size(): Promise<number>
  /** Fills `into` from `position` on; returns how many bytes there were. */
  read(into: Uint8Array, position: number): Promise<number>
  /** The same for few bytes, at once: an opcode cannot wait. */
  readNow(into: Uint8Array, position: number): number
  /** All of it or an error, after which any part may be written. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** The same for few bytes, at once: what is flushed right after need not wait for a thread twice. */
  writeNow(bytes: Uint8Array, position: number): void
  truncate(length: number): Promise<void>
  /** Resolved when the content survives a power loss. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** Reads exactly `length` bytes, or fewer at the end of the file. */
export async function readAt(file: File, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  return bytes.subarray(0, await file.read(bytes, position))
}

export async function diskFiles(folder: string): Promise<Files> {
  await mkdir(folder, { recursive: true })
  return {
    list: () => readdir(folder),
    open: async (name) => new DiskFile(await openOrCreate(join(folder, name))),
    rename: (from, to) => rename(join(folder, from), join(folder, to)),
    remove: (name) => rm(join(folder, name), { force: true }),
    syncFolder: async () => {
      const handle = await open(folder, 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return open(path, 'wx+')
  }
}

class DiskFile implements File {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  get descriptor(): number {
    return this.#handle.fd
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0
    while (done < into.length) {
      // One read of more than 2 GiB fails.
      const length = Math.min(into.length - done, 1 << 26)
      const { bytesRead } = await this.#handle.read(into, done, length, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return done
  }

  readNow(into: Uint8Array, position: number): number {
    return readSync(this.#handle.fd, into, 0, into.length, position)
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, position + done)
      done += bytesWritten
    }
  }

  writeNow(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#handle.fd, bytes, done, bytes.length - done, position + done)
    }
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length)
  }

  sync(): Promise<void> {
    return this.#handle.datasync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** The same files, remembering which were opened: to close them when what they were opened for fails. */
export function tracked(files: Files): Files & { closeAll(): Promise<void> } {
  const opened: File[] = []
  return {
    list: () => files.list(),
    open: async (name) => {
      const file = await files.open(name)
      opened.push(file)
      return file
    },
    rename: (from, to) => files.rename(from, to),
    remove: (name) => files.remove(name),
    syncFolder: () => files.syncFolder(),
    closeAll: async () => {
      await Promise.allSettled(opened.map((file) => file.close()))
    },
  }
}
