import { createServer, type Server } from 'node:net'
import { listenAnywhere } from '../listen'
import type { Address } from '../database-url'
import { type Control, Link } from './link'

const host = '127.0.0.1'

/** The part of a wire in front of one server. */
export class Proxy {
  readonly address: Address
  readonly links = new Set<Link>()
  readonly #server: Server
  /** Whether it should listen. The server follows a moment later. */
  #wanted = true

  private constructor(server: Server, port: number) {
    this.#server = server
    this.address = { host, port }
  }

  static async open(node: Address, control: Control): Promise<Proxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true })
    const proxy = new Proxy(server, await listenAnywhere(server, host))
    server.on('listening', () => {
      if (!proxy.#wanted) server.close()
    })
    server.on('connection', (client) => {
      const link = new Link(node, client, control)
      proxy.links.add(link)
      client.on('close', () => proxy.links.delete(link))
      control.opened(link)
    })
    return proxy
  }

  /** Closes the port, so that the system refuses new connections. */
  refuse(): void {
    this.#wanted = false
    this.#server.close()
    this.reset()
  }

  /** Opens the port again, before any connection that this process opens after the call. */
  listen(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#server.listen(this.address.port, host)
  }

  async close(): Promise<void> {
    this.refuse()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  reset(): void {
    for (const link of this.links) link.reset()
  }
}
