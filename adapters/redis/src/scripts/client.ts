import { script } from './script'

// The version is the first line of a stored client, so that a script can compare it.

/**
 * Stores a new client, or replaces the previous version of a client. KEYS: the client; on a single
 * node also the ids of all clients. ARGV: its version, the previous version (a line break if the
 * client is new), its JSON, its id. A stored client with the new version is a retry of the same
 * attempt: it is written again, so that WAIT waits for the replicas.
 */
export const keepClientScript = script(`
local version, before, json, id = unpack(ARGV)
local known = redis.call('GET', KEYS[1])
local has = known and string.match(known, '^[^\\n]*') or '\\n'
if has ~= version and has ~= before then return 'conflict' end
redis.call('SET', KEYS[1], version .. '\\n' .. json)
if KEYS[2] then redis.call('ZADD', KEYS[2], 0, id) end
return 'kept'
`)

/** Removes a client on a single node. KEYS: the client, the ids of all clients. ARGV: its id. */
export const deleteClientScript = script(`
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
`)
