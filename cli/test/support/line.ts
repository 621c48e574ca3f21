import { type Server, type Socket, connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A TCP proxy to a server. It can be cut and joined again. */
export class Line implements AsyncDisposable {
  readonly url: string
  private readonly server: Server
  private readonly sockets = new Set<Socket>()
  private isCut = false

  private constructor(target: URL, server: Server) {
    this.server = server
    server.on('connection', (near) => this.join(near, target))
    const url = new URL(target)
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    this.url = url.href
  }

  /** Opens a proxy to the server at that URL. */
  static async to(url: string): Promise<Line> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Line(new URL(url), server)
  }

  cut(): void {
    this.isCut = true
    for (const socket of this.sockets) socket.destroy()
  }

  rejoin(): void {
    this.isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private join(near: Socket, { hostname, port }: URL): void {
    if (this.isCut) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from)
      from
        .on('error', () => {})
        .on('close', () => {
          this.sockets.delete(from)
          to.destroy()
        })
      from.pipe(to)
    }
  }
}
