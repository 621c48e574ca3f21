import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** The last messages of a server that accepts a connection: BackendKeyData and ReadyForQuery. */
const keyData = 13
const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])

/** A proxy in front of PostgreSQL. */
export interface EndedWhenReady {
  url: string
  /** Makes each connection that opens after this call end as soon as the server accepts it. */
  start(): void
  /** From now on, connections work again. */
  stop(): void
  close(): void
}

/**
 * Opens a proxy whose client receives, in one piece, that its new connection is ready and that the
 * server ends it. `end` must end the session of a process id.
 */
export async function openEndedWhenReady(
  url: string,
  end: (processId: number) => Promise<unknown>,
): Promise<EndedWhenReady> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let isEnding = false

  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect(Number(port), hostname)
    let isNew = true
    let held: Buffer[] | undefined
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.pipe(server)
    server.on('data', (bytes: Buffer) => {
      const isReady = isNew && bytes.subarray(-ready.length).equals(ready)
      if (isReady) isNew = false
      if (isReady && isEnding) {
        held = []
        void end(bytes.readInt32BE(bytes.length - ready.length - keyData + 5)).catch(() => {
          server.destroy()
        })
      }
      if (held) held.push(bytes)
      else client.write(bytes)
    })
    server.on('close', () => client.end(Buffer.concat(held ?? [])))
    client.on('close', () => server.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String((proxy.address() as AddressInfo).port)

  return {
    url: through.href,
    start: () => void (isEnding = true),
    stop: () => void (isEnding = false),
    close() {
      proxy.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
