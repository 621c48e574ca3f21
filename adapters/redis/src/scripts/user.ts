import { script } from './script'
import { time } from './time'

// All users are in one slot, so that a name is one user's at any time, and one script decides. A user
// is kept under the id: version and name in a line each, and the user behind them.

/**
 * Keeps a user where there is none, or in place of the version before it. KEYS: the user, the name,
 * the ids of all, the mark of deletion. ARGV: the version, the version before or a line break = the
 * user is new, the name and the id as parts of keys, the JSON, the id, how the keys of names begin. A user of
 * that version is the same attempt: it is written again for the replicas.
 */
export const keepUserScript = script(`
local user, name, all, deleted = unpack(KEYS)
local version, before, name_part, id_part, json, id, names = unpack(ARGV)
local known = redis.call('GET', user)
local has, name_before = '\\n'
if known then has, name_before = string.match(known, '^([^\\n]*)\\n([^\\n]*)') end
if has ~= version and has ~= before then return 'conflict' end
if not known and redis.call('EXISTS', deleted) == 1 then return 'conflict' end
local owner = redis.call('GET', name)
if owner and owner ~= id_part then return 'conflict' end
if name_before and name_before ~= name_part then redis.call('UNLINK', names .. name_before) end
redis.call('SET', user, version .. '\\n' .. name_part .. '\\n' .. json)
redis.call('SET', name, id_part)
redis.call('ZADD', all, 0, id)
return 'kept'
`)

/**
 * Removes a user and marks the id as deleted. What frees memory comes first: then a server that is
 * full takes the mark. KEYS: as above, but for the name. ARGV: the milliseconds that the mark is kept
 * after its end, its end, the id, how the keys of names begin.
 */
export const deleteUserScript = script(
  time,
  `
local user, all, deleted = unpack(KEYS)
local at = end_of(ARGV[2])
local known = redis.call('GET', user)
if known then
  redis.call('UNLINK', user, ARGV[4] .. string.match(known, '^[^\\n]*\\n([^\\n]*)'))
  redis.call('ZREM', all, ARGV[3])
  set_until(deleted, '1', at)
  return
end
-- Deleted before, maybe by this very call: a mark that is there stays as long as the longer one.
local left = redis.call('PTTL', deleted)
if left >= 0 then leave_at(deleted, math.max(at, now + left)) end
`,
)

/** The user of a name. KEYS: the name. ARGV: how the keys of users begin. */
export const userOfNameScript = script(`
local id_part = redis.call('GET', KEYS[1])
return id_part and redis.call('GET', ARGV[1] .. id_part)
`)
