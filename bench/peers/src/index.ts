import type { Peers } from '@oauth2-kit/bench/peers'
import { jmondiContender } from './jmondi'
import { expressOAuthServerContender, nodeOAuthContender } from './node-oauth'
import { oidcProviderContender } from './oidc-provider'

/** The peers by their names in the tables. The benchmarks load them when they run. */
export const peers: Peers = {
  '@node-oauth/oauth2-server': nodeOAuthContender,
  '@node-oauth/express-oauth-server': expressOAuthServerContender,
  '@jmondi/oauth2-server': jmondiContender,
  'oidc-provider': oidcProviderContender,
}
