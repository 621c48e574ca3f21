import { script } from './script'

// KEYS: the grant, the hashes of its credentials. ARGV: the client and the user that the grant must
// have, '' = any.
const owned = `
local grant, members = KEYS[1], KEYS[2]
local client, user = unpack(redis.call('HMGET', grant, 'c', 'u'))
if not client then return nil end
if ARGV[1] ~= '' and ARGV[1] ~= client or ARGV[2] ~= '' and ARGV[2] ~= user then return nil end
local hashes = redis.call('ZRANGE', members, 0, -1)
`

/**
 * Revokes a grant on one node, where a script may use keys that it finds out itself. ARGV besides:
 * the grant's id, and how the keys of credentials, marks of use and both indexes begin.
 */
export const revokeScript = script(
  owned,
  `
local id, credentials, marks, of_client, of_user = unpack(ARGV, 3, 7)
for _, hash in ipairs(hashes) do redis.call('UNLINK', credentials .. hash, marks .. hash) end
redis.call('ZREM', of_client .. client, id)
if user then redis.call('ZREM', of_user .. user, id) end
redis.call('UNLINK', grant, members)
return 'revoked'
`,
)

/** On Cluster, first: nothing is redeemed any more. Gives client, user and the hashes. */
export const markRevokedScript = script(
  owned,
  `
redis.call('HSET', grant, 'r', 1)
return { client, user or '', hashes }
`,
)

/** On Cluster, last: only one call takes the grant away. ARGV: how its marks of use begin. */
export const dropScript = script(`
for _, hash in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do redis.call('UNLINK', ARGV[1] .. hash) end
redis.call('UNLINK', KEYS[2])
return tostring(redis.call('UNLINK', KEYS[1]))
`)
