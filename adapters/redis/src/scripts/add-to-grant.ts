/**
 * The common part of the scripts that add credentials to a grant.
 *
 * KEYS: the grant, the hashes of its credentials, those of redeemed ones that were moved, and the
 * keys specific to the script. Then on a single node a key for each credential, and the
 * indexes; on a Cluster a key for each answer.
 *
 * ARGV: the retention in milliseconds, where the credentials are, the grant's id, and the arguments
 * specific to the script. Then for each credential the hash, the record, the expiry, and the
 * milliseconds that it is kept after that. A credential in another slot has an empty record and no
 * key.
 */
/** The most redeemed credentials that are among the members of a grant. */
export const mostMarked = 16

export const addToGrant = `
local grant, members, redeemed = KEYS[1], KEYS[2], KEYS[3]
-- 'here': this script writes the credentials. On a Cluster it writes only answers, because the
-- other keys are in other slots: they have been 'written', or one of the hashes was 'taken'.
local where = ARGV[2]
local id = ARGV[3]

local function credentials_from(first_argument, first_key)
  local list, next_key = {}, first_key
  for at = first_argument, #ARGV, 4 do
    local one = {
      hash = ARGV[at], record = ARGV[at + 1], ends = end_of(ARGV[at + 2], ARGV[at + 3])
    }
    if one.record ~= '' then one.key, next_key = KEYS[next_key], next_key + 1 end
    table.insert(list, one)
  end
  return list, next_key
end

-- Returns the field of a credential in the grant: see fieldOf() in schema.ts.
local function field_of(hash)
  return #hash == 64 and string.sub(hash, 1, 32) or '#' .. hash
end

-- Returns what the field of a credential contains that was issued for another one.
local function issued_for(old)
  return #old == 64 and old or '<' .. old
end

-- Returns the hash in such a field. Returns nil if the credential is redeemed.
local function predecessor_in(noted)
  local first = string.sub(noted, 1, 1)
  if first == '<' then return string.sub(noted, 2) end
  return #noted == 64 and first ~= '#' and noted or nil
end

-- When the last credential of the grant is removed, the end of its index entries, how many of its
-- members were redeemed since the last move, and whether there has been one.
local grant_end, index_end, marked, has_moved = 0, 0, 0, false

local function summary()
  local moves = (marked > 0 or has_moved) and ' ' .. marked .. (has_moved and 'x' or '') or ''
  return score(grant_end) .. ' ' .. score(index_end) .. moves
end

-- Returns why nothing can be added to the grant now, or nil. For 'unsure', also returns the client
-- version that is still to be checked. Third, returns the value of another field of the grant.
local function hindrance(field)
  local data, waits, known, other = unpack(redis.call('HMGET', grant, 'd', 'w', 'z', field))
  if not data then return 'revoked' end
  if waits then return 'unsure', waits end
  local its_end, its_index_end, its_marked, moved = string.match(known, '(%S+) (%S+) ?(%d*)(x?)')
  grant_end, index_end = time_of(its_end), time_of(its_index_end)
  marked, has_moved = tonumber(its_marked) or 0, moved == 'x'
  return nil, nil, other
end

-- Returns when a credential of this grant is removed.
local function end_in_grant(hash)
  local goes = redis.call('ZSCORE', members, hash) or redis.call('ZSCORE', redeemed, hash)
  return goes and time_of(goes)
end

-- Returns whether one of these keys, or of those of credentials, exists.
local function any_exists(names, list)
  for _, one in ipairs(list) do
    if one.key then table.insert(names, one.key) end
  end
  return #names > 0 and redis.call('EXISTS', unpack(names)) > 0
end

-- Returns whether one of the hashes exists already, or occurs twice in the list. Of keys that are
-- known to be free, it asks no more.
local function is_taken(list, are_free)
  local seen = {}
  for _, one in ipairs(list) do
    if seen[one.hash] or not one.key and end_in_grant(one.hash) then return true end
    seen[one.hash] = true
  end
  return where == 'taken' or not are_free and any_exists({}, list)
end

-- Moves redeemed members to a set of their own, because the set of a grant that is rotated for weeks
-- would become large, and a revocation takes that of the redeemed ones last.
local function move_redeemed()
  local all, fields, gone, entries = redis.call('ZRANGE', members, 0, -1, 'WITHSCORES'), {}, {}, {}
  for at = 1, #all, 2 do table.insert(fields, field_of(all[at])) end
  for at, noted in ipairs(redis.call('HMGET', grant, unpack(fields))) do
    if noted and not predecessor_in(noted) then
      local hash = all[2 * at - 1]
      table.insert(gone, hash)
      table.insert(entries, all[2 * at])
      table.insert(entries, hash)
    end
  end
  if #gone > 0 then
    redis.call('ZADD', redeemed, unpack(entries))
    redis.call('ZREM', members, unpack(gone))
  end
  marked, has_moved = 0, true
end

-- Makes room for one more redeemed member. Of a grant with many members, which would take long to
-- look through, moves the credential that is being redeemed instead.
local function make_room(hash, goes)
  if marked < ${mostMarked} then marked = marked + 1
  elseif redis.call('ZCARD', members) <= 500 then
    move_redeemed()
    marked = 1
  else
    redis.call('ZREM', members, hash)
    redis.call('ZADD', redeemed, score(goes), hash)
    has_moved = true
  end
  if has_moved then leave_at(redeemed, grant_end) end
end

-- Adds credentials, and fields of the grant. The grant then ends with its last credential. Returns
-- the new end of its index entries, or nil if they are late enough.
local function add(list, is_new, ...)
  local entries, last = {}, grant_end
  local fields = { ... }
  for _, one in ipairs(list) do
    if one.key then set_until(one.key, one.record, one.ends) end
    table.insert(entries, score(one.ends))
    table.insert(entries, one.hash)
    last = math.max(last, one.ends)
  end
  if #list == 0 and is_new then last = now end
  if #list > 0 then redis.call('ZADD', members, unpack(entries)) end
  local later
  if last > index_end then
    later = is_new and last or with_room(last)
    index_end = later
  end
  local is_longer = last > grant_end
  grant_end = math.max(last, grant_end)
  table.insert(fields, 'z')
  table.insert(fields, summary())
  redis.call('HSET', grant, unpack(fields))
  local sets = has_moved and { members, redeemed } or { members }
  if is_longer then
    leave_at(grant, last)
    for _, set in ipairs(sets) do leave_at(set, last) end
  -- This set is new if no member was left in it.
  elseif redis.call('PTTL', members) == -1 then leave_at(members, grant_end) end
  for _, set in ipairs(sets) do
    local past = take_past(set)
    if past then
      for at, hash in ipairs(past) do past[at] = field_of(hash) end
      redis.call('HDEL', grant, unpack(past))
    end
  end
  return later
end

-- Returns the result of the script, with the hashes in other slots that do not belong to the grant:
-- they were written before the outcome was known.
local function answer(status, list, ...)
  local strays = {}
  for _, one in ipairs(list) do
    if not one.key and not end_in_grant(one.hash) then table.insert(strays, one.hash) end
  end
  return { status, strays, ... }
end
`
