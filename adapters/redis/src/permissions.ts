import type { Finding } from '@oauth2-kit/core'
import type { Redis } from 'ioredis'
import { script } from './scripts/script'

/**
 * Runs each command that a script may run, on a key that does not exist, and returns the names of
 * those that the user may not run. A "~" among them means that the user may not access the key.
 * ARGV: the key. The commands change nothing; HSET creates a key, which is removed again.
 */
const trialScript = script(`
local key, denied, is_told = ARGV[1], {}, {}

local function may(name, ...)
  local reply = redis.pcall(name, ...)
  local message = type(reply) == 'table' and reply.err or ''
  if not string.find(message, 'NOPERM') and not string.find(message, 'user executing the script') then
    return true
  end
  local what = string.find(message, ' run ', 1, true) and name or '~'
  if not is_told[what] then table.insert(denied, what) end
  is_told[what] = true
  return false
end

may('EXISTS', key)
may('GET', key)
may('GETRANGE', key, 0, 0)
may('HDEL', key, 'check')
may('HGET', key, 'check')
may('HMGET', key, 'check')
may('MGET', key)
may('PERSIST', key)
may('PEXPIRE', key, 1000)
may('PEXPIREAT', key, 1)
may('PTTL', key)
may('SET', key, '', 'XX')
may('TIME')
may('ZADD', key, 'XX', 0, 'check')
may('ZCARD', key)
may('ZCOUNT', key, 0, 0)
may('ZRANGE', key, 0, 0)
may('ZRANGEBYSCORE', key, 0, 0)
may('ZREM', key, 'check')
may('ZREMRANGEBYRANK', key, 0, 0)
may('ZSCAN', key, 0)
may('ZSCORE', key, 'check')
-- If the key could not be removed, it would stay.
if may('UNLINK', key) then
  may('HSET', key, 'check', '')
  may('UNLINK', key)
end
return denied
`)

/**
 * Returns whether an error says that the user of the client may not run a command, or not access a
 * key.
 */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOPERM')
}

/** Resolves with the result of a command, or with `null` if the user may not run it. */
export async function ifAllowed<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (isDenied(error)) return null
    throw error
  }
}

/**
 * Resolves with what the store needs on a server, and the user of the client may not do. `prefix` is
 * the beginning of all keys of the store.
 */
export async function permissionFindings(
  node: Redis,
  name: string,
  prefix: string,
  waits: boolean,
): Promise<Finding[]> {
  const denied = await deniedTo(node, `${prefix}t:check`, waits)
  const commands = denied.filter((one) => one !== '~')
  const user = node.options.username ?? 'default'
  return [
    ...(commands.length === 0
      ? []
      : [
          {
            problem: `The user "${user}" may not run ${commands.join(', ')} on ${name}: calls of the store fail`,
            fix: `Allow it: ACL SETUSER ${user} ${commands.map((one) => `+${one.toLowerCase()}`).join(' ')}`,
          },
        ]),
    ...(commands.length === denied.length
      ? []
      : [
          {
            problem: `The user "${user}" may not access the keys "${prefix}*" on ${name}: calls of the store fail`,
            fix: `Allow it: ACL SETUSER ${user} ~${prefix}*`,
          },
        ]),
  ]
}

/** Resolves with the names of the commands that are denied, and "~" if the key is. */
async function deniedTo(node: Redis, key: string, waits: boolean): Promise<string[]> {
  const { sha, text } = trialScript
  const denied = (await ifAllowed(node.call('eval', text, 0, key))) as string[] | null
  // Without EVAL, nothing else can be tried.
  if (denied === null) return ['EVAL']
  if ((await ifAllowed(node.call('evalsha', sha, 0, key))) === null) denied.push('EVALSHA')
  if (waits && (await ifAllowed(node.call('wait', 0, 1))) === null) denied.push('WAIT')
  return denied
}
