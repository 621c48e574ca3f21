import { script } from './script'
import { time } from './time'

// A record is stored as a line with the call that added it, a line with its expiry, and the data.
// Once it is taken, it is stored after a line with the call that took it, until that call has its
// reply. Only that call can still read it: ioredis sends a command again if its reply was lost.

/** The maximum time that a taken record is kept if its taker never returns, in milliseconds. */
const takenMs = 60_000

/**
 * Adds a record. ARGV: the milliseconds that it is kept after its expiry, the call, the expiry, the
 * data.
 */
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
    -- Written again, so that WAIT covers the record.
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
 * Takes a record. ARGV: the call. The record is deleted before it is stored for this call, so that
 * a full server has room for it.
 */
export const takeRecordScript = script(`
local known = redis.call('GET', KEYS[1])
if not known then return nil end
local left = redis.call('PTTL', KEYS[1])
local taker = string.match(known, '^!([^\\n]*)')
if taker then
  if taker ~= ARGV[1] then return nil end
  -- Written again, so that WAIT covers the record.
  redis.call('PEXPIRE', KEYS[1], math.max(left, 1))
  return string.sub(known, #taker + 3)
end
redis.call('UNLINK', KEYS[1])
local kept = left < 0 and ${takenMs} or math.min(math.max(left, 1), ${takenMs})
redis.call('SET', KEYS[1], '!' .. ARGV[1] .. '\\n' .. known, 'PX', kept)
return known
`)

/** Removes a taken record, once the call that took it has its reply. ARGV: the call. */
export const forgetTakenScript = script(`
local taker = '!' .. ARGV[1] .. '\\n'
if redis.call('GETRANGE', KEYS[1], 0, #taker - 1) == taker then redis.call('UNLINK', KEYS[1]) end
`)
