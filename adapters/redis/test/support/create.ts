import { once } from 'node:events'
import type { Context, Created } from '@oauth2-kit/conformance'
import { type RedisClient, redisStore } from '@oauth2-kit/redis'
import { clientOf } from './servers'

/** Pass the URL of the server and the key prefix to the processes that a test starts. */
export const variables = { url: 'OAUTH2_KIT_TEST_URL', prefix: 'OAUTH2_KIT_TEST_PREFIX' } as const

/** For a client behind a proxy, where the server hangs on purpose. */
const impatient = { commandTimeout: 4000, connectTimeout: 4000 }

const clients = new Map<string, RedisClient>()

/** Returns the client of an instance. */
export function lentTo({ namespace, instance }: Context): RedisClient | undefined {
  return clients.get(`${namespace} ${instance}`)
}

/** Creates a store with a new client; the namespace is its tenant. */
export async function create(context: Context): Promise<Created> {
  const { namespace, instance, natMap } = context
  const url = context.url ?? variable('url')
  const patience = url === process.env[variables.url] ? {} : impatient
  const client = clientOf(url, patience, { natMap, enableOfflineQueue: false })
  clients.set(`${namespace} ${instance}`, client)
  if (client.status !== 'ready') await once(client, 'ready')
  return {
    store: redisStore(client, { prefix: variable('prefix'), tenant: namespace }),
    close: () => client.disconnect(),
  }
}

function variable(name: keyof typeof variables): string {
  const value = process.env[variables[name]]
  if (value === undefined) throw new Error(`${variables[name]} is not set`)
  return value
}
