import { Socket } from 'node:net'
import postgres from 'postgres3'
import type { Binding } from '../binding'
import { onPostgresJs } from './postgres'

/** A socket that ends after a time without data, also if its listeners are removed for TLS. */
class BoundedSocket extends Socket {
  override emit(event: string | symbol, ...values: never[]): boolean {
    if (event === 'timeout') this.destroy()
    return super.emit(event as string, ...values)
  }
}

/** Returns what opens sockets that end after a time without an answer, in milliseconds. */
function socketsThatEnd(after: number) {
  return ({ host: [host], port: [port] }: { host: string[]; port: number[] }) =>
    Object.assign(new BoundedSocket(), { host }).setTimeout(after).connect(port!, host!)
}

export const binding: Binding = onPostgresJs('postgres3', postgres, (patience) => ({
  fetch_types: false,
  // Version 3 waits forever on a connection that is dead.
  socket: socketsThatEnd(patience),
}))
