/**
 * Functions for the time at which something is removed. A store has no clock: expiry times come
 * from the caller, and the server's clock only decides when something may be removed. ARGV[1] is
 * how long something is kept after its expiry, in milliseconds.
 */
export const time = `
local kept = tonumber(ARGV[1])
local never = math.huge
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function digits(number)
  return string.format('%.0f', number)
end

-- Returns when something is removed: the given time after its expiry, or after now if the expiry is
-- in the past, because the caller's clock may be behind. What would be kept longer than the last
-- date of JavaScript is never removed.
local function end_of(expires_at, its_own)
  if expires_at == '' then return never end
  local at = math.max(math.ceil(tonumber(expires_at)), now) + (tonumber(its_own) or kept)
  return at > 8640000000000000 and never or at
end

local function leave_at(key, at)
  if at == never then redis.call('PERSIST', key)
  else redis.call('PEXPIREAT', key, digits(at)) end
end

local function set_until(key, value, at)
  if at == never then redis.call('SET', key, value)
  else redis.call('SET', key, value, 'PXAT', digits(at)) end
end
`
