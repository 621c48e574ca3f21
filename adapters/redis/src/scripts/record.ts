import { script } from './script'
import { time } from './time'

// A record is kept as the call that added it, its expiry, and the data behind these two lines. One
// that was taken stays behind the call that took it, for that call alone, until its reply has come:
// ioredis sends a command again whose reply was lost.

/** The longest that a record stays whose taker is gone. */
const takenMs = 60_000

/** Adds a record. ARGV: the milliseconds that it is kept after its expiry, the call, expiry, data. */
export const addRecordScript = script(
  time,
  `
local call, expires_at, data = unpack(ARGV, 2, 4)
local at = end_of(expires_at)
local known = redis.call('GET', KEYS[1])
if known then
  local taken, by = string.match(known, '^(!?)([^\\n]*)')
  if taken == '!' then by = string.match(known, '^[^\\n]*\\n([^\\n]*)') end
  if by == call then
    -- Written again for the replicas.
    if taken == '' then leave_at(KEYS[1], at) end
    return 'added'
  end
  if taken == '' then return 'exists' end
end
set_until(KEYS[1], call .. '\\n' .. expires_at .. '\\n' .. data, at)
return 'added'
`,
)

/**
 * Takes a record. ARGV: the call. It is deleted before it is kept for this call, so that a server
 * that is full has room.
 */
export const takeRecordScript = script(`
local known = redis.call('GET', KEYS[1])
if not known then return nil end
local left = redis.call('PTTL', KEYS[1])
local taker = string.match(known, '^!([^\\n]*)')
if taker then
  if taker ~= ARGV[1] then return nil end
  -- Written again for the replicas.
  redis.call('PEXPIRE', KEYS[1], math.max(left, 1))
  return string.sub(known, #taker + 3)
end
redis.call('UNLINK', KEYS[1])
local kept = left < 0 and ${takenMs} or math.min(math.max(left, 1), ${takenMs})
redis.call('SET', KEYS[1], '!' .. ARGV[1] .. '\\n' .. known, 'PX', kept)
return known
`)

/** The call that took a record has it. ARGV: the call. */
export const forgetTakenScript = script(`
local taker = '!' .. ARGV[1] .. '\\n'
if redis.call('GETRANGE', KEYS[1], 0, #taker - 1) == taker then redis.call('UNLINK', KEYS[1]) end
`)
