import { type Socket, connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterTicks } from '../guard/ticks'
import type { Connection, Statement } from './connection'
import type { Request, Response } from './server'

interface Pending {
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}

/** Returns a connection to a served database. It opens on first use, and again after it broke. */
export function clientConnection(url: string, timeoutMs = 1000): Connection {
  const { hostname, port } = new URL(url)
  const pending = new Map<number, Pending>()
  let socket: Socket | undefined
  let nextId = 0

  function open(): Socket {
    const opened = connect({ host: hostname, port: Number(port), noDelay: true })
    opened.on('error', () => opened.destroy())
    opened.on('close', () => fail(opened, new Error('The connection to the database is closed')))
    const lines = createInterface({ input: opened })
    // The socket has its own error listener, and 'close' follows.
    lines.on('error', () => {})
    lines.on('line', (line) => {
      const { id, value, error } = JSON.parse(line) as Response
      const asked = pending.get(id)
      pending.delete(id)
      if (error === undefined) asked?.resolve(value)
      else asked?.reject(new Error(error))
    })
    return opened
  }

  function fail(broken: Socket, error: Error): void {
    if (socket !== broken) return
    socket = undefined
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
  }

  return {
    run(namespace: string, statement: Statement) {
      const current = (socket ??= open())
      const id = nextId++
      return new Promise((resolve, reject) => {
        const cancel = afterTicks(timeoutMs, () => {
          fail(current, new Error(`The database did not answer within ${timeoutMs} ms`))
          current.destroy()
        })
        pending.set(id, {
          resolve: (value) => {
            cancel()
            resolve(value)
          },
          reject: (error) => {
            cancel()
            reject(error)
          },
        })
        current.write(`${JSON.stringify({ id, namespace, statement } satisfies Request)}\n`)
      })
    },
    async close() {
      const closing = socket
      if (!closing) return
      fail(closing, new Error('The connection to the database is closed'))
      await new Promise<void>((resolve) => {
        closing.once('close', () => resolve())
        closing.destroy()
      })
    },
  }
}
