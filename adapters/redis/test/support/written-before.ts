import type { RedisClient } from '@oauth2-kit/redis'
import { aHash } from '@oauth2-kit/testing'

/**
 * Writes a grant with a refresh token as release 0.1.0 did, which later releases must read. Returns
 * the hash of the token.
 */
export async function writtenBefore(client: RedisClient, prefix: string): Promise<string> {
  const [hash, id] = [aHash(), aHash().slice(0, 32)]
  const end = Date.now() + 60_000
  const record = `r${(1_800_000_000_000).toString(36)} ${(1_800_000_060_000).toString(36)} ${id} album ada\n{"scope":"a"}`
  await client.hset(`${prefix}g:{${id}}`, 'c', 'album', 'i', 1_800_000_000_000, 'd', '{}', 'n', 'x')
  await client.hset(`${prefix}g:{${id}}`, 'u', 'ada', 'z', `${end} ${end}`)
  await client.zadd(`${prefix}m:{${id}}`, end, hash)
  await client.set(`${prefix}t:${hash}`, record)
  await client.zadd(`${prefix}gc:album`, end, id)
  await client.zadd(`${prefix}gu:ada`, end, id)
  return hash
}
