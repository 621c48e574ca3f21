import { notMeasured } from '@oauth2-kit/bench/contender'
import { redisNodes } from '@oauth2-kit/bench/tables'
import { Redis } from 'ioredis'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

/** The kinds of entries that are marked as used, and therefore stored as a hash. */
const consumable = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode'])

/** Seconds that an entry without an end is kept. */
const longest = 86_400

function listOf(grantId: string): string {
  return `oidc:grant:${grantId}`
}

function uidKey(uid: string): string {
  return `oidc:uid:${uid}`
}

/**
 * Returns an adapter of `oidc-provider` for Redis, which uses it as the sample of the library does: a
 * text or a hash for each entry, and a list of the keys of each grant.
 */
export function oidcRedisAdapter(url: string): AdapterFactory {
  const redis = new Redis({ ...redisNodes(url)[0], commandTimeout: 10_000 })

  return (model): Adapter => {
    const keyOf = (id: string) => `oidc:${model}:${id}`
    const isConsumable = consumable.has(model)

    async function payloadOf(key: string): Promise<AdapterPayload | undefined> {
      if (!isConsumable) {
        const text = await redis.get(key)
        return text === null ? undefined : (JSON.parse(text) as AdapterPayload)
      }
      const { payload, ...rest } = await redis.hgetall(key)
      return payload === undefined ? undefined : { ...(JSON.parse(payload) as object), ...rest }
    }

    return {
      async upsert(id, payload, ttl) {
        const key = keyOf(id)
        const text = JSON.stringify(payload)
        const all = redis.multi()
        if (isConsumable) all.hset(key, { payload: text })
        else all.set(key, text)
        if (ttl) all.expire(key, ttl)
        if (payload.grantId && model !== 'Grant') {
          const list = listOf(payload.grantId)
          all.rpush(list, key)
          // The keys of a grant stay as long as the last of them.
          if (ttl && ttl > (await redis.ttl(list))) all.expire(list, ttl)
        }
        if (payload.uid) all.setex(uidKey(payload.uid), ttl ?? longest, id)
        await all.exec()
      },
      find: (id) => payloadOf(keyOf(id)),
      // Devices are not measured.
      findByUserCode: notMeasured,
      async findByUid(uid) {
        const id = await redis.get(uidKey(uid))
        return id === null ? undefined : payloadOf(keyOf(id))
      },
      async consume(id) {
        await redis.hset(keyOf(id), 'consumed', Math.floor(Date.now() / 1000))
      },
      async destroy(id) {
        await redis.del(keyOf(id))
      },
      async revokeByGrantId(grantId) {
        const list = listOf(grantId)
        await redis.del(...(await redis.lrange(list, 0, -1)), list)
      },
    }
  }
}
