import { mostMarked } from './add-to-grant'
import { script } from './script'

// A full server refuses commands that need memory, so these scripts delete first and add nothing.

// KEYS: the grant, the hashes of its credentials, those of redeemed ones that were moved.
// ARGV: the client and the user that the grant must have ('' means any), and how many credentials
// to remove at once. From the first step on, nothing of the grant can be redeemed or added.
// The members are removed first, with the few redeemed ones among them: a grant with many credentials
// has mostly redeemed ones that were moved.
const kill = `
local grant, members, redeemed = KEYS[1], KEYS[2], KEYS[3]
local client, user = unpack(redis.call('HMGET', grant, 'c', 'u'))
if not client then return nil end
if ARGV[1] ~= '' and ARGV[1] ~= client or ARGV[2] ~= '' and ARGV[2] ~= user then return nil end
local limit = tonumber(ARGV[3])
redis.call('HDEL', grant, 'd')
local hashes = redis.call('ZRANGE', members, 0, limit + ${mostMarked} - 1)
local live = #hashes
if live < limit then
  for _, hash in ipairs(redis.call('ZRANGE', redeemed, 0, limit - live - 1)) do
    table.insert(hashes, hash)
  end
end
`

/** Calls a command with many keys, some at a time, because Lua's stack is small. */
const inSlices = `
local function in_slices(names, call)
  for from = 1, #names, 500 do call(unpack(names, from, math.min(from + 499, #names))) end
end
`

/**
 * Revokes a grant on a single node, where a script may use keys that it makes itself. More ARGV:
 * the grant's id, and the beginnings of the keys of credentials and both indexes.
 * Returns 'more' as long as it has to be called again, so that it never blocks the server for long.
 */
export const revokeScript = script(
  inSlices,
  kill,
  `
local id, credentials, of_client, of_user = unpack(ARGV, 4, 7)
local names = {}
for _, hash in ipairs(hashes) do
  table.insert(names, credentials .. hash)
end
in_slices(names, function(...) redis.call('UNLINK', ...) end)
if live > 0 then redis.call('ZREMRANGEBYRANK', members, 0, live - 1) end
if #hashes > live then redis.call('ZREMRANGEBYRANK', redeemed, 0, #hashes - live - 1) end
if redis.call('EXISTS', members, redeemed) > 0 then return 'more' end
redis.call('ZREM', of_client .. client, id)
if user then redis.call('ZREM', of_user .. user, id) end
redis.call('UNLINK', grant)
return 'revoked'
`,
)

/**
 * The first step on a Cluster: from now on nothing of the grant can be redeemed. Returns the
 * client, the user, whether it has to be called again, and the hashes to remove now.
 */
export const killScript = script(
  kill,
  `
local count = redis.call('ZCARD', members) + redis.call('ZCARD', redeemed)
return { client, user or '', count > #hashes and 'more' or '', hashes }
`,
)

/**
 * The last step on a Cluster, after the credentials of those hashes are removed: removes what is at
 * the slot of the grant. Only one call removes the grant itself, with its last credential, and
 * returns 'revoked'. ARGV: the beginning of the keys of its answers, then the hashes.
 */
export const dropScript = script(
  inSlices,
  `
local grant, members, redeemed = KEYS[1], KEYS[2], KEYS[3]
local hashes, names = {}, {}
for at = 2, #ARGV do
  table.insert(hashes, ARGV[at])
  table.insert(names, ARGV[1] .. ARGV[at])
end
in_slices(names, function(...) redis.call('UNLINK', ...) end)
in_slices(hashes, function(...)
  redis.call('ZREM', members, ...)
  redis.call('ZREM', redeemed, ...)
end)
if redis.call('EXISTS', members, redeemed) > 0 then return 'more' end
return redis.call('UNLINK', grant) == 1 and 'revoked' or 'gone'
`,
)
