import { ends } from './ends'
import { script } from './script'
import { time } from './time'

// What the scripts of a grant write themselves on one node, and can't on Cluster, where it has slots
// of its own.

/**
 * Writes one credential, before its grant's script decides whether it counts: the sign before the
 * record says so. KEYS: its key. ARGV: the retention, its record and expiry.
 */
export const writeScript = script(
  time,
  `
local record, ends = ARGV[2], end_of(ARGV[3])
local known = redis.call('GET', KEYS[1])
-- The same record is of an attempt that is made again: the grant knows whether it counts already.
if known == record then return 'written' end
if known and known ~= '?' .. record then return 'taken' end
set_until(KEYS[1], '?' .. record, ends)
return 'written'
`,
)

/** It counts: takes the sign away, unless a revocation has taken all. KEYS: its key. */
export const countsScript = script(`
local record = redis.call('GET', KEYS[1])
if not record or string.sub(record, 1, 1) ~= '?' then return end
redis.call('SET', KEYS[1], string.sub(record, 2), 'KEEPTTL')
`)

/** Whether a credential counts. KEYS: the grant, the hashes of its credentials. ARGV: the hash. */
export const belongsScript = script(`
local revoked = redis.call('HGET', KEYS[1], 'r')
return not revoked and redis.call('ZSCORE', KEYS[2], ARGV[1]) and 'yes' or 'no'
`)

/** Indexes a new grant. KEYS: the index. ARGV: the retention, the grant's id and expiry. */
export const indexScript = script(time, ends, `index_until(KEYS[1], ARGV[2], end_of(ARGV[3]))`)

/** Puts a grant's end in an index off. KEYS and ARGV as above. */
export const putOffScript = script(time, ends, `put_off(KEYS[1], ARGV[2], end_of(ARGV[3]))`)
