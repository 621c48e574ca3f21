import { script } from './script'

// The version is the first line of a client, so that a script can compare it.

/**
 * Keeps a client where there is none, or in place of the version before it. KEYS: the client; on one
 * node also the ids of all. ARGV: its version, the version before or a line break = it is new, its
 * JSON, its id. A client of its version is the same attempt: it is written again for the replicas.
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

/** Removes a client on one node. KEYS: the client, the ids of all. ARGV: its id. */
export const deleteClientScript = script(`
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
`)
