/**
 * Functions for sorted sets whose scores are the times at which members are removed. A set is
 * removed with its last member.
 */
export const ends = `
local function score(at)
  return at == never and '+inf' or digits(at)
end

local function last_end(set)
  local last = redis.call('ZRANGE', set, -1, -1, 'WITHSCORES')[2]
  if not last then return nil end
  return last == 'inf' and never or tonumber(last)
end

-- Removes up to 100 expired members. Each call of a script adds only a few, so the set does not
-- keep growing, and no call takes long.
local function take_past(set)
  local past = redis.call('ZRANGEBYSCORE', set, '-inf', '(' .. digits(now), 'LIMIT', 0, 100)
  if #past > 0 then redis.call('ZREM', set, unpack(past)) end
end

-- Makes a grant expire with its last credential, and returns when that is, or nil if no credential
-- is left.
local function end_with_last(grant, members, redeemed)
  take_past(members)
  take_past(redeemed)
  local last, last_redeemed = last_end(members), last_end(redeemed)
  if last_redeemed and not (last and last >= last_redeemed) then last = last_redeemed end
  if not last then return nil end
  for _, key in ipairs({ grant, members, redeemed }) do leave_at(key, last) end
  return last
end

-- Adds a grant to an index, or extends its end there.
local function index_until(set, grant, at)
  take_past(set)
  redis.call('ZADD', set, 'GT', score(at), grant)
  leave_at(set, last_end(set))
end

-- Only extends an existing entry: a grant that was revoked in the meantime must not come back.
local function put_off(set, grant, at)
  take_past(set)
  redis.call('ZADD', set, 'XX', 'GT', score(at), grant)
  local last = last_end(set)
  if last then leave_at(set, last) end
end
`
