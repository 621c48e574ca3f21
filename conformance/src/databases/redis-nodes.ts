import { type Address, parseUrl } from '../database-url'

/** One server of a Redis URL, in the form of ioredis options. */
export interface RedisNode extends Address {
  readonly username?: string
  readonly password?: string
}

/** Returns the servers of `redis://host:port` or `redis+cluster://host:port,host:port`. */
export function redisNodes(url: string): RedisNode[] {
  const { scheme, credentials, hosts } = parseUrl(url)
  if (!scheme.startsWith('redis'))
    throw new TypeError('"url" must be redis://host:port or redis+cluster://host:port,...')
  const [username, password] = credentials.split(':').map(decodeURIComponent)
  return hosts.map((host) => ({
    ...host,
    ...(username && { username }),
    ...(password && { password }),
  }))
}
