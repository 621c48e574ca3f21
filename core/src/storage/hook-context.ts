import { scopesIn } from '../protocol/scope'
import { exposedClient } from './exposed-client'
import type { HookContext } from '../options/server-options'
import type { TokenOrder } from './storage'

/** The part of an order that hooks receive. */
export type HookOrder = Pick<TokenOrder, 'client' | 'knownUser' | 'scope' | 'request'>

/** Returns what a hook receives: copies that it may change without affecting the server. */
export function hookContext({ client, knownUser, scope, request }: HookOrder): HookContext {
  return {
    client: exposedClient(client),
    user: (knownUser ?? null) as HookContext['user'],
    scopes: scopesIn(scope),
    request: request.native.request as HookContext['request'],
  }
}
