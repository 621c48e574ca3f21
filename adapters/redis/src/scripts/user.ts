import { script } from './script'

// All users are in one slot, so that a name is one user's at any time. A user is kept under the name:
// the part of the id in one line, and the user behind it. KEYS[1] has the name of the user of an id.

/** ARGV: how the keys of users begin, the name, the id, the user. KEYS[2] is the user of that name. */
export const saveUserScript = script(`
local users, name, id, user = unpack(ARGV)
local owner = redis.call('GET', KEYS[2])
if owner and string.match(owner, '^[^\\n]*') ~= id then return 'taken' end
local before = redis.call('GET', KEYS[1])
if before and before ~= name then redis.call('UNLINK', users .. before) end
redis.call('SET', KEYS[1], name)
redis.call('SET', KEYS[2], id .. '\\n' .. user)
return 'saved'
`)

/** ARGV: how the keys of users begin. */
export const deleteUserScript = script(`
local name = redis.call('GET', KEYS[1])
if name then redis.call('UNLINK', KEYS[1], ARGV[1] .. name) end
`)
