import { InvalidRequestError } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'
import type { CheckedToolScopes, Message } from './options'
import { scopesOf } from './scopes'

/**
 * Resolves with the scopes that a request needs: those of every request, and those of all messages
 * in its body. A batch is a list of messages (MCP 2025-03-26). Throws an `invalid_request` if the body
 * is not one of these, because the server behind could read it differently.
 */
export async function neededScopes(
  scopes: readonly string[],
  toolScopes: CheckedToolScopes,
  body: unknown,
): Promise<string[]> {
  const all = new Set(scopes)
  for (const message of messagesIn(body)) {
    const more =
      typeof toolScopes === 'function'
        ? checked(await toolScopes(message))
        : (toolScopes.get(toolIn(message)) ?? [])
    for (const scope of more) all.add(scope)
  }
  return [...all]
}

/**
 * The maximum number of messages in a batch. The token is not checked yet, so without a limit anybody
 * could have the function called for a million of them.
 */
export const mostMessages = 100

function messagesIn(body: unknown): Message[] {
  const messages: unknown[] = Array.isArray(body) ? body : [body]
  if (messages.length > mostMessages)
    throw new InvalidRequestError(`The body has more than ${mostMessages} messages`)
  return messages.map((message) => {
    if (typeof message === 'object' && message !== null && !Array.isArray(message))
      return message as Message
    throw new InvalidRequestError('The body must be a message of JSON-RPC, or a list of messages')
  })
}

/** Returns the name of the tool that a message calls, if it does. */
function toolIn({ method, params }: Message): string | undefined {
  if (method !== 'tools/call') return undefined
  const { name } = (params ?? {}) as { name?: unknown }
  if (typeof name === 'string') return name
  throw new InvalidRequestError('The tool must have a name')
}

function checked(answer: unknown): string[] {
  const scopes = answer === undefined ? [] : scopesOf(answer)
  if (scopes) return scopes
  throw withCode(
    'OAUTH2_KIT_HOOK',
    new TypeError('"toolScopes" must return scopes, as a string or an array, or undefined'),
  )
}
