import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { DevnetError } from './errors.js'

export type Ports = { l1: number; andromeda: number; hyperion: number }

/**
 * @param graceMs time that a port may still need to become free
 * @throws {DevnetError} `portTaken`, naming port and user, for the first that cannot be bound
 */
export async function requireFreePorts(host: string, ports: Ports, graceMs: number): Promise<void> {
  const names: [string, number][] = [
    ['L1', ports.l1],
    ['Andromeda', ports.andromeda],
    ['Hyperion', ports.hyperion],
  ]
  for (const [i, [name, port]] of names.entries()) {
    const same = names.slice(0, i).find(([, other]) => other === port)
    if (same) throw new DevnetError('portTaken', `${same[0]} and ${name} cannot share port ${port}`)
  }
  const deadline = Date.now() + graceMs
  for (const [name, port] of names) await bindable(host, name, port, deadline)
}

async function bindable(host: string, name: string, port: number, deadline: number): Promise<void> {
  for (;;)
    try {
      return await tryPort(host, name, port)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(100)
    }
}

function tryPort(host: string, name: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${cause.code ?? cause.message})`
      reject(
        new DevnetError('portTaken', `port ${port} for ${name} ${reason}; --port-base moves all ports`, {
          cause,
        }),
      )
    })
    server.listen(port, host, () => server.close(() => resolve()))
  })
}
