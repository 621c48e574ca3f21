import { optionError } from '../errors/option-error'
import type { Context } from '../context'
import { withCors } from './cors'
import type { Endpoint } from './endpoint'
import type { EndpointDefinition } from './endpoint-definition'
import { readOnlyAnswer } from './read-only'

/**
 * The cache lifetime of the keys in seconds: short, so that a new key is soon known everywhere. A
 * verifier that finds an unknown key usually asks again at once.
 */
const maxAge = 300

/** The public keys of the server (RFC 7517 5, RFC 8414 2). It needs the option `keys`. */
export const jwksEndpoint = {
  name: 'jwks',
  path: '/jwks',
  // It sets its own CORS headers: public keys are for scripts of any origin, as the metadata is.
  cors: false,
  isDefault: ({ keys }) => keys !== undefined,
  metadata: (_settings, url) => ({ jwks_uri: url }),
  create: (context): Endpoint => withCors(context, { answer: publicKeys(context) }, true),
} as const satisfies EndpointDefinition

function publicKeys({ keys: ring, settings }: Context): Endpoint['answer'] {
  if (!ring) {
    throw optionError(
      'keys',
      'is missing, so no public keys exist: set it, or leave out the endpoint "jwks"',
    )
  }
  return readOnlyAnswer(maxAge, async () => {
    const keys = await ring.recent()
    return { keys: keys.published(settings.now()) }
  })
}
