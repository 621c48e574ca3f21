import type { Peers, PeersOn } from '@oauth2-kit/bench/peers'
import { jmondiContender } from './jmondi'
import { openTables } from '@oauth2-kit/bench/tables'
import { type Style, databaseModel, onDatabaseModel, tablesOfModels } from './database-model'
import { expressOAuthServerContender, nodeOAuthContender, onNode } from './node-oauth'
import { oidcProviderContender } from './oidc-provider'
import { oidcRedisAdapter } from './oidc-redis'

/** The peers by their names in the tables. The benchmarks load them when they run. */
export const peers: Peers = {
  '@node-oauth/oauth2-server': nodeOAuthContender,
  '@node-oauth/express-oauth-server': expressOAuthServerContender,
  '@jmondi/oauth2-server': jmondiContender,
  'oidc-provider': (grants) => oidcProviderContender(grants),
}

/** The peers on real databases, by their names in the tables. */
export const peersOn: PeersOn = {
  '@node-oauth/oauth2-server, lean': { make: onDatabase('lean') },
  '@node-oauth/oauth2-server, docs': { make: onDatabase('docs') },
  'oidc-provider': {
    make: (grants, _database, url) => oidcProviderContender(grants, oidcRedisAdapter(url)),
    only: ['redis'],
  },
}

function onDatabase(style: Style): PeersOn[string]['make'] {
  return async (grants, database, url) => {
    const tables = await openTables(database, url, tablesOfModels)
    const model = databaseModel(tables, style)
    return { ...(await onDatabaseModel(tables, model, grants)), ...onNode(model) }
  }
}
