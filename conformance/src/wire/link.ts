import { connect, type Socket } from 'node:net'
import type { Address } from '../database-url'

/** Controls what passes through the links of a wire. */
export interface Control {
  opened(link: Link): void
  /**
   * Returns whether bytes from the client are its own connection management, not a caller's
   * request.
   */
  isChatter(bytes: Buffer): boolean
  /** Called for such bytes. Resolves when they may pass. */
  chatter(): Promise<void>
  /**
   * Called for bytes from the client that start or continue a turn. Resolves when they may pass;
   * null drops them.
   */
  request(link: Link, newTurn: boolean): Promise<void> | null
  /** Called for bytes from the server. Resolves when they may pass; null drops them. */
  reply(link: Link): Promise<void> | null
}

/** A client's connection, and the matching one to the server `node`. */
export class Link {
  /**
   * Whether the client has received a reply, so that its next turn is a request and not a greeting.
   */
  warm = false
  /** Whether the reply to the current turn is to be dropped. */
  losesReply = false

  #open = true
  /** What the client is waiting for a reply to. */
  #asked: 'nothing' | 'chatter' | 'request' = 'nothing'
  readonly #client: Socket
  readonly #server: Socket

  constructor(
    readonly node: Address,
    client: Socket,
    control: Control,
  ) {
    this.#client = client
    this.#server = connect({ ...node, noDelay: true, allowHalfOpen: true })
    this.#relay(client, this.#server, (bytes) => {
      const newTurn = this.#asked !== 'request'
      if (newTurn && control.isChatter(bytes)) {
        this.#asked = 'chatter'
        return control.chatter()
      }
      this.#asked = 'request'
      return control.request(this, newTurn)
    })
    this.#relay(this.#server, client, () => {
      const admitted = control.reply(this)
      // Until the client has received the reply, everything that it sends belongs to the same turn.
      void admitted?.then(() => {
        this.warm ||= this.#asked !== 'nothing'
        this.#asked = 'nothing'
      })
      return admitted
    })
  }

  /** Resets the connection, which the client sees as an error. */
  reset(): void {
    this.#open = false
    this.#client.resetAndDestroy()
    this.#server.destroy()
  }

  /** From now on the client gets neither a reply nor an end. */
  stall(): void {
    this.#open = false
    this.#server.destroy()
    this.#client.resume()
  }

  /** Forwards bytes in order, each chunk when it is admitted, and then the end of the stream. */
  #relay(from: Socket, to: Socket, admit: (bytes: Buffer) => Promise<void> | null): void {
    let before: Promise<unknown> = Promise.resolve()
    from.on('data', (bytes: Buffer) => {
      const admitted = this.#open ? admit(bytes) : null
      if (!admitted) return
      before = Promise.all([before, admitted]).then(() => {
        if (this.#open) to.write(bytes)
      })
    })
    from.on('end', () => {
      before = before.then(() => {
        if (this.#open) to.end()
      })
    })
    // An error on one side resets both. The client sees it as a broken connection.
    from.on('error', () => {
      if (this.#open) this.reset()
    })
  }
}
