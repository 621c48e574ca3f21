import { script } from './script'
import { time } from './time'

// All users are in one slot, so that one script decides and a name belongs to one user at any time.
// A user is stored under the id: a line with the version, a line with the name, then the JSON.

/**
 * Stores a new user, or replaces the previous version of a user. KEYS: the user, the name, the ids
 * of all users, the deletion mark. ARGV: the version, the previous version (a line break if the
 * user is new), the name and the id as parts of keys, the JSON, the id, the beginning of the keys
 * of names. A stored user with the new version is a retry of the same attempt: it is written again,
 * so that WAIT waits for the replicas.
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
 * Removes a user and marks the id as deleted. Memory is freed first, so that a full server has room
 * for the mark. KEYS: as above, without the name. ARGV: the milliseconds that the mark is kept
 * after its end, its end, the id, the beginning of the keys of names.
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
-- Deleted before, perhaps by an earlier try of this call. An existing mark keeps the later end.
local left = redis.call('PTTL', deleted)
if left >= 0 then leave_at(deleted, math.max(at, now + left)) end
`,
)

/** Returns the user with a name. KEYS: the name. ARGV: the beginning of the keys of users. */
export const userOfNameScript = script(`
local id_part = redis.call('GET', KEYS[1])
return id_part and redis.call('GET', ARGV[1] .. id_part)
`)
