import { connect, type Socket } from 'node:net'
import type { Address } from '../database-url'

/** Decides over what goes through the links of a wire. */
export interface Control {
  opened(link: Link): void
  /** Whether these bytes from the client are for the connection itself, and no request of a caller. */
  isChatter(bytes: Buffer): boolean
  /** Such bytes came. Resolves when they may go on. */
  chatter(): Promise<void>
  /** Bytes came from the client, as a new turn or as more of one. Resolves when they may go on. */
  request(link: Link, newTurn: boolean): Promise<void> | null
  /** Bytes came from the server. Resolves when they may go on; null drops them. */
  reply(link: Link): Promise<void> | null
}

/** One connection of a client, and the one to the server `node` that belongs to it. */
export class Link {
  /** Whether the client has had an answer, so that its next turn is a request and no greeting. */
  warm = false
  /** Whether the reply to the turn under way is to be lost. */
  losesReply = false

  #open = true
  /** What the client waits for an answer to. */
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
      // A client that has not got the reply yet is still in the same turn, whatever it sends.
      void admitted?.then(() => {
        this.warm ||= this.#asked !== 'nothing'
        this.#asked = 'nothing'
      })
      return admitted
    })
  }

  /** Ends the connection the hard way, for the client to see. */
  reset(): void {
    this.#open = false
    this.#client.resetAndDestroy()
    this.#server.destroy()
  }

  /** From now on the client is left without an answer and without an end. */
  stall(): void {
    this.#open = false
    this.#server.destroy()
    this.#client.resume()
  }

  /** Passes bytes on in their order, each when it is admitted; and the end after them. */
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
    // What happens to one side happens to the other; the error itself is the client's to see.
    from.on('error', () => {
      if (this.#open) this.reset()
    })
  }
}
