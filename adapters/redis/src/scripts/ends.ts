/**
 * Functions for sorted sets whose scores are the times at which members are removed. A set is
 * removed with its last member.
 */
export const ends = `
local function score(at)
  return at == never and '+inf' or digits(at)
end

local function time_of(score)
  return (score == 'inf' or score == '+inf') and never or tonumber(score)
end

local function last_end(set)
  local last = redis.call('ZRANGE', set, -1, -1, 'WITHSCORES')[2]
  return last and time_of(last)
end

-- Removes up to 100 expired members and returns them, in one of eight calls, chosen by the clock. A
-- call adds only a few members, so sets do not keep growing. To look at four sets in each call took
-- an eighth of the time of a rotation.
local function take_past(set)
  if tonumber(time[2]) % 8 > 0 then return end
  local past = redis.call('ZRANGEBYSCORE', set, '-inf', '(' .. digits(now), 'LIMIT', 0, 100)
  if #past == 0 then return end
  redis.call('ZREM', set, unpack(past))
  return past
end

-- Returns an end that is later by an eighth of the time until then. An index is kept until this
-- end, so that not every token changes it.
local function with_room(at)
  return at == never and never or at + math.ceil((at - now) / 8)
end

-- Makes an index that had this PTTL before end no earlier than this entry in it. A second is added,
-- because the server reads its clock more than once.
local function keep_until(set, left, at)
  if left == -1 then leave_at(set, last_end(set) or now)
  elseif left < 0 or now + left < at + 1000 then leave_at(set, with_room(at)) end
end

-- Adds a grant to an index, or extends its end there.
local function index_until(set, grant, at)
  take_past(set)
  local left = redis.call('PTTL', set)
  redis.call('ZADD', set, 'GT', score(at), grant)
  keep_until(set, left, at)
end

-- Adds an entry, or extends its end, with these options of ZADD. Writes each time, so that WAIT
-- covers the entry.
local function enter(set, grant, at, ...)
  take_past(set)
  local options = { ... }
  table.insert(options, score(at))
  table.insert(options, grant)
  redis.call('ZADD', set, unpack(options))
  local last = last_end(set)
  if last then leave_at(set, last) end
end

-- Only extends an existing entry: a grant that was revoked in the meantime must not come back.
local function put_off(set, grant, at)
  enter(set, grant, at, 'XX', 'GT')
end
`
