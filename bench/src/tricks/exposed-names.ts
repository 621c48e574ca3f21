import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { NodeRequest } from '../../../core/dist/frameworks/node'
import type { Trick } from './trick'

type Message = IncomingMessage & { user?: unknown; oauth?: unknown }

const user = { id: '4711' }
const oauth = { scope: 'profile email' }

/** A request of node:http whose `user` and `oauth` are set by name, and which is then read. */
export const exposedNames: Trick = () => {
  const socket = new Socket()
  return {
    plain: () => {
      const message = new IncomingMessage(socket)
      expose(message, 'user', user)
      expose(message, 'oauth', oauth)
      return read(message)
    },
    trick: () => {
      const message = new IncomingMessage(socket)
      const request = new NodeRequest(message)
      request.expose('user', user)
      request.expose('oauth', oauth)
      return read(message)
    },
  }
}

/** Sets a property by a computed name. */
function expose(message: Message, name: 'user' | 'oauth', value: unknown): void {
  message[name] = value
}

/** Reads what a handler and Node.js read of a request. */
function read(message: Message) {
  const { method, url, headers, httpVersion, complete, user, oauth } = message
  return { method, url, headers, httpVersion, complete, user, oauth }
}
