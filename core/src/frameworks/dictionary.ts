import { IncomingMessage, ServerResponse } from 'node:http'
import { isMadeOf } from './create-server'

// Node 24 and later remember what they have learnt of such objects.
const forgets = Number.parseInt(process.versions.v8 ?? '', 10) < 13

/**
 * Express changes the prototype of each request and response. Up to Node 22 V8 keeps no hidden
 * classes for objects of that sort: every property that is added makes one that no other request
 * shares, and whatever reads the object from then on is slow, in all a third of a small route's
 * time. Objects that are dictionaries do share one, and a property that is taken out and put back
 * makes them that. Does nothing where the prototype is Node's own, or was there from the start.
 */
export function shareClasses(message: IncomingMessage, response: ServerResponse): void {
  if (!forgets) return
  if (isChanged(message, IncomingMessage)) {
    const { statusMessage } = message
    Reflect.deleteProperty(message, 'statusMessage')
    message.statusMessage = statusMessage
  }
  if (isChanged(response, ServerResponse)) {
    const { sendDate } = response
    Reflect.deleteProperty(response, 'sendDate')
    response.sendDate = sendDate
  }
}

function isChanged(object: object, base: typeof IncomingMessage | typeof ServerResponse): boolean {
  if (!(object instanceof base)) return false
  const prototype = Object.getPrototypeOf(object) as object
  return prototype !== base.prototype && !isMadeOf(prototype)
}
