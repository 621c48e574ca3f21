import type { Contender } from './contender'
import { jmondiContender } from './jmondi'
import { kitOnModelContender, kitOnStoreContender } from './kit'
import { oidcProviderContender } from './oidc-provider'
import { expressOAuthServerContender, nodeOAuthContender, oauth2ServerContender } from './peers'

/** Everyone who takes part, by what the tables call them, set up for these grant types. */
export const contenders = {
  'oauth2-server 2.4.1': oauth2ServerContender,
  '@node-oauth/oauth2-server': nodeOAuthContender,
  '@node-oauth/express-oauth-server': expressOAuthServerContender,
  '@jmondi/oauth2-server': jmondiContender,
  'oidc-provider': oidcProviderContender,
  'oauth2-kit on a callback model': kitOnModelContender,
  'oauth2-kit on memoryStore': kitOnStoreContender,
} satisfies Record<string, (grants: readonly string[]) => Promise<Contender>>

/** The name of someone who takes part. */
export type ContenderName = keyof typeof contenders
