import { cachedRoutes } from './cached-routes'
import { copiedClient } from './copied-client'
import { exposedNames } from './exposed-names'
import { lazyStack } from './lazy-stack'
import { maybePromise } from './maybe-promise'
import { parseCache } from './parse-cache'
import { randomPool } from './random-pool'
import { settledTimer } from './settled-timer'
import type { Trick } from './trick'
import { unparsedQuery } from './unparsed-query'
import { verifiedSecret } from './verified-secret'

/** The tricks that are measured in process, by their labels in the table. */
export const tricks = {
  'random token, from a pool': randomPool,
  'data of an access token, in the parse cache': parseCache,
  'bearer check on a callback model, without promises': maybePromise,
  'store call that answers at once, without a timer': settledTimer,
  'user and oauth of a request, set by name': exposedNames,
  'query of a URL without one, not parsed': unparsedQuery,
  'client of a token request, copied by a loop': copiedClient,
  'error of a refusal, copied without its stack': lazyStack,
  'chosen client secret, verified before': verifiedSecret,
  'metadata from fetch(), with cached routes': cachedRoutes,
} satisfies Record<string, Trick>

/** The label of a trick. */
export type TrickName = keyof typeof tricks
