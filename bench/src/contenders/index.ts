import type { Contender } from './contender'
import { jmondiContender } from './jmondi'
import { kitOnModelContender, kitOnStoreContender } from './kit'
import { oidcProviderContender } from './oidc-provider'
import { expressOAuthServerContender, nodeOAuthContender, oauth2ServerContender } from './peers'

/** All contenders by their names in the tables. Each is set up for the given grant types. */
export const contenders = {
  'oauth2-server 2.4.1': oauth2ServerContender,
  '@node-oauth/oauth2-server': nodeOAuthContender,
  '@node-oauth/express-oauth-server': expressOAuthServerContender,
  '@jmondi/oauth2-server': jmondiContender,
  'oidc-provider': oidcProviderContender,
  'oauth2-kit on a callback model': kitOnModelContender,
  'oauth2-kit on memoryStore': kitOnStoreContender,
} satisfies Record<string, (grants: readonly string[]) => Promise<Contender>>

/** The name of a contender. */
export type ContenderName = keyof typeof contenders
