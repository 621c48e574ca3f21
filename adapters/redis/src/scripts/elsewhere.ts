import { ends } from './ends'
import { script } from './script'
import { time } from './time'

// What the scripts of a grant write themselves on one node, and can't on Cluster, where it has slots
// of its own.

/**
 * Writes one credential, before its grant's script decides whether it counts: the sign before the
 * record says so. KEYS: its key. ARGV: the milliseconds that it is kept after its expiry, its record
 * and expiry.
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

/**
 * Writes under the hash of an answer which grant has it. All attempts to redeem a token write the
 * same, so none is in the way of another; it says nothing of whether there is an answer. KEYS and
 * ARGV: as above, the pointer in place of the record.
 */
export const pointScript = script(
  time,
  `
local pointer, ends = ARGV[2], end_of(ARGV[3])
local known = redis.call('GET', KEYS[1])
if known and known ~= pointer then return 'taken' end
if known then
  -- The answer that counts may be that of another attempt, which stays longer.
  local left = redis.call('PTTL', KEYS[1])
  ends = left < 0 and never or math.max(ends, now + left)
end
-- Also for the replicas: whoever waits for them waits for the pointer.
set_until(KEYS[1], pointer, ends)
return 'written'
`,
)

/** It counts: takes the sign away, unless a revocation has taken all. KEYS: its key. */
export const countsScript = script(`
local record = redis.call('GET', KEYS[1])
if not record or string.sub(record, 1, 1) ~= '?' then return end
redis.call('SET', KEYS[1], string.sub(record, 2), 'KEEPTTL')
`)

/**
 * Whether a credential counts: '' = yes, nil = no, else it does while what it was issued on holds:
 * that comes behind a sign. KEYS: the grant, the hashes of its credentials and those of the redeemed
 * ones. ARGV: the hash.
 */
export const belongsScript = script(`
local data, waits = unpack(redis.call('HMGET', KEYS[1], 'd', 'w'))
local known = redis.call('ZSCORE', KEYS[2], ARGV[1]) or redis.call('ZSCORE', KEYS[3], ARGV[1])
if not data or not known then return nil end
return waits and '=' .. waits or ''
`)

/**
 * An answer: its record, and a word like that of `belongsScript`; nil = there is none. KEYS: the
 * grant, the answer.
 */
export const answerScript = script(`
local data, waits = unpack(redis.call('HMGET', KEYS[1], 'd', 'w'))
local record = redis.call('GET', KEYS[2])
if not data or not record then return nil end
return { record, waits and '=' .. waits or '' }
`)

/** Indexes a new grant. KEYS: the index. ARGV: the retention, the grant's id and expiry. */
export const indexScript = script(time, ends, `index_until(KEYS[1], ARGV[2], end_of(ARGV[3]))`)

/** Puts a grant's end in an index off. KEYS and ARGV as above. */
export const putOffScript = script(time, ends, `put_off(KEYS[1], ARGV[2], end_of(ARGV[3]))`)
