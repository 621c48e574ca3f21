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

-- Returns why nothing can be added to the grant now, or nil. For 'unsure', also returns the client
-- version that is still to be checked.
local function hindrance()
  local data, waits = unpack(redis.call('HMGET', grant, 'd', 'w'))
  if not data then return 'revoked' end
  if waits then return 'unsure', waits end
end

-- Returns when a credential of this grant is removed, whether it is redeemed or not.
local function end_in_grant(hash)
  local goes = redis.call('ZSCORE', members, hash) or redis.call('ZSCORE', redeemed, hash)
  return goes == 'inf' and never or goes and tonumber(goes)
end

-- Returns whether one of the hashes exists already, or occurs twice in the list.
local function is_taken(list)
  local seen = {}
  for _, one in ipairs(list) do
    local known = one.key and redis.call('EXISTS', one.key) == 1
      or not one.key and end_in_grant(one.hash)
    if known or seen[one.hash] then return true end
    seen[one.hash] = true
  end
  return where == 'taken'
end

local function add(list)
  for _, one in ipairs(list) do
    if one.key then set_until(one.key, one.record, one.ends) end
    redis.call('ZADD', members, score(one.ends), one.hash)
  end
  return end_with_last(grant, members, redeemed) or now
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
