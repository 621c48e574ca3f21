import { script } from './script'
import { time } from './time'

/**
 * Returns a page of the index KEYS[1]. ARGV: 0, the maximum number of entries, the score and member
 * of the last entry of the previous page ('' means from the start), and on a single node the
 * beginning of the keys of grants. Returns whether more entries follow, the score and member of the
 * last entry, and for each grant its id and fields; on a Cluster only the ids.
 *
 * The page is in the order of the index: by the time at which a grant is removed. This time can
 * only become later, so a grant that moves while pages are read moves to a later page.
 */
export const pageScript = script(
  time,
  `
local index, limit, after_score, after, grants = KEYS[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]

local function number(score)
  return score == 'inf' and never or tonumber(score)
end

-- Compares bytes, because Lua's operators depend on the server's locale.
local function is_less(a, b)
  for at = 1, math.min(#a, #b) do
    local one, other = string.byte(a, at), string.byte(b, at)
    if one ~= other then return one < other end
  end
  return #a < #b
end

-- Returns the number of entries up to and including this one, even if it no longer exists.
local function rank_after(score, member)
  local from, to = 0, redis.call('ZCARD', index)
  while from < to do
    local middle = math.floor((from + to) / 2)
    local its_member, its_score = unpack(redis.call('ZRANGE', index, middle, middle, 'WITHSCORES'))
    its_score = number(its_score)
    local is_before = its_score < score
      or its_score == score and not is_less(member, its_member)
    if is_before then from = middle + 1 else to = middle end
  end
  return from
end

-- Expired entries are skipped even before they are removed.
local first = redis.call('ZCOUNT', index, '-inf', '(' .. digits(now))
if after ~= '' then first = math.max(first, rank_after(number(after_score), after)) end
local entries = redis.call('ZRANGE', index, first, first + limit - 1, 'WITHSCORES')
local found = {}
for at = 1, #entries, 2 do
  local id = entries[at]
  if grants then
    local members = redis.call('HMGET', grants .. id .. '}', 'c', 'u', 'i', 'd')
    if members[1] and members[4] then table.insert(found, { id, unpack(members) }) end
  else
    table.insert(found, { id })
  end
end
local more = redis.call('ZCARD', index) > first + #entries / 2
return { more and 'more' or '', entries[#entries] or '', entries[#entries - 1] or '', found }
`,
)
