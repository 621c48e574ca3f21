/**
 * The common part of the scripts that add credentials to a grant.
 *
 * KEYS: the grant, the hashes of its credentials that are not redeemed, those of the redeemed ones,
 * and the keys specific to the script. Then on a single node a key for each credential, and the
 * indexes; on a Cluster a key for each answer.
 *
 * ARGV: the retention in milliseconds, where the credentials are, the grant's id, and the arguments
 * specific to the script. Then for each credential the hash, the record, the expiry, and the
 * milliseconds that it is kept after that. A credential in another slot has an empty record and no
 * key.
 */
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

-- When the last credential of the grant is removed, and the end of its index entries.
local grant_end, index_end = 0, 0

-- Returns why nothing can be added to the grant now, or nil. For 'unsure', also returns the client
-- version that is still to be checked. Third, returns the value of another field of the grant.
local function hindrance(field)
  local data, waits, known, other = unpack(redis.call('HMGET', grant, 'd', 'w', 'z', field))
  if not data then return 'revoked' end
  if waits then return 'unsure', waits end
  local its_end, its_index_end = string.match(known, '(%S+) (%S+)')
  grant_end, index_end = time_of(its_end), time_of(its_index_end)
  return nil, nil, other
end

-- Returns when a credential of this grant is removed, and whether it is not redeemed.
local function end_in_grant(hash)
  local goes = redis.call('ZSCORE', members, hash)
  if goes then return time_of(goes), true end
  goes = redis.call('ZSCORE', redeemed, hash)
  return goes and time_of(goes), false
end

-- Returns whether one of the hashes exists already, or occurs twice in the list.
local function is_taken(list)
  local seen, own = {}, {}
  for _, one in ipairs(list) do
    if seen[one.hash] or not one.key and end_in_grant(one.hash) then return true end
    if one.key then table.insert(own, one.key) end
    seen[one.hash] = true
  end
  return #own > 0 and redis.call('EXISTS', unpack(own)) > 0 or where == 'taken'
end

-- Adds credentials, and fields of the grant. The grant then ends with its last credential. Returns
-- the new end of its index entries, or nil if they are late enough.
local function add(list, is_new, ...)
  local entries, last = {}, grant_end
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
  if last > grant_end then
    grant_end = last
    redis.call('HSET', grant, 'z', score(last) .. ' ' .. score(index_end), ...)
    leave_at(grant, last)
    leave_at(members, last)
  else
    if select('#', ...) > 0 then redis.call('HSET', grant, ...) end
    -- This set is new if all credentials of the grant were redeemed.
    if redis.call('PTTL', members) == -1 then leave_at(members, grant_end) end
  end
  for _, set in ipairs({ members, redeemed }) do
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
