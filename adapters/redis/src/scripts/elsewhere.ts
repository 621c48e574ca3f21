import { ends } from './ends'
import { script } from './script'
import { time } from './time'

// On a single node, the scripts of a grant write all its keys. On a Cluster they cannot write the
// keys in other slots, which these scripts do.

/**
 * Writes one credential before the script of its grant decides whether it counts. Until then, a "?"
 * before the record marks it as pending. KEYS: its key. ARGV: the milliseconds that it is kept
 * after its expiry, its record and its expiry.
 */
export const writeScript = script(
  time,
  `
local record, ends = ARGV[2], end_of(ARGV[3])
local known = redis.call('GET', KEYS[1])
-- A record without the mark is that of an earlier try of the same attempt, and counts already.
if known == record then return 'written' end
if known and known ~= '?' .. record then return 'taken' end
set_until(KEYS[1], '?' .. record, ends)
return 'written'
`,
)

/**
 * Writes under the hash of an answer a pointer to its grant. All attempts to redeem a token write
 * the same pointer, so they do not conflict. The pointer does not mean that the answer exists. KEYS
 * and ARGV: as above, with the pointer instead of the record.
 */
export const pointScript = script(
  time,
  `
local pointer, ends = ARGV[2], end_of(ARGV[3])
local known = redis.call('GET', KEYS[1])
if known and known ~= pointer then return 'taken' end
if known then
  -- The answer that counts may be that of another attempt, and may be kept longer than this one.
  local left = redis.call('PTTL', KEYS[1])
  ends = left < 0 and never or math.max(ends, now + left)
end
-- Written even if it does not change, so that WAIT covers the pointer.
set_until(KEYS[1], pointer, ends)
return 'written'
`,
)

/**
 * Removes the pending mark of a credential that counts, unless a revocation has removed the
 * credential.
 * KEYS: its key.
 */
export const countsScript = script(`
local record = redis.call('GET', KEYS[1])
if not record or string.sub(record, 1, 1) ~= '?' then return end
redis.call('SET', KEYS[1], string.sub(record, 2), 'KEEPTTL')
`)

/**
 * Returns whether a credential counts: '' means yes, nil means no. A "=" followed by a version
 * means that the credential counts if its client has this version and its user is not deleted,
 * because its grant is not checked yet. KEYS: the grant, the hashes of its credentials,
 * those of redeemed ones that were moved. ARGV: the hash.
 */
export const belongsScript = script(`
local data, waits = unpack(redis.call('HMGET', KEYS[1], 'd', 'w'))
local known = redis.call('ZSCORE', KEYS[2], ARGV[1]) or redis.call('ZSCORE', KEYS[3], ARGV[1])
if not data or not known then return nil end
return waits and '=' .. waits or ''
`)

/**
 * Returns an answer: its record, and a text like that of `belongsScript`. Returns nil if there is
 * no such answer. KEYS: the grant, the answer.
 */
export const answerScript = script(`
local data, waits = unpack(redis.call('HMGET', KEYS[1], 'd', 'w'))
local record = redis.call('GET', KEYS[2])
if not data or not record then return nil end
return { record, waits and '=' .. waits or '' }
`)

/**
 * Adds a new grant to an index. KEYS: the index. ARGV: the retention in milliseconds, the grant's
 * id and its expiry.
 */
export const indexScript = script(time, ends, `enter(KEYS[1], ARGV[2], end_of(ARGV[3]), 'GT')`)

/** Extends the end of a grant in an index. KEYS and ARGV: as above. */
export const putOffScript = script(time, ends, `put_off(KEYS[1], ARGV[2], end_of(ARGV[3]))`)
