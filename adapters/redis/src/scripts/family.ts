/**
 * What the scripts that add credentials to a grant have in common. KEYS: the grant, the hashes of
 * its credentials; on one node also a key for each credential, then the indexes. ARGV: the
 * retention, where the credentials are, the grant's id, some of the script's own; then hash, record
 * and expiry of each credential.
 */
export const family = `
local grant, members = KEYS[1], KEYS[2]
-- 'here': this script writes them. On Cluster their keys are elsewhere: they have been 'written', or
-- one of the hashes was 'taken'.
local where = ARGV[2]
local id = ARGV[3]

local function credentials_from(first_argument, first_key)
  local list = {}
  for at = first_argument, #ARGV, 3 do
    table.insert(list, {
      hash = ARGV[at], record = ARGV[at + 1], ends = end_of(ARGV[at + 2]),
      key = where == 'here' and KEYS[first_key + #list] or nil
    })
  end
  return list, first_key + #list
end

local function is_live()
  local client, revoked = unpack(redis.call('HMGET', grant, 'c', 'r'))
  return client and not revoked
end

-- Whether one of the hashes exists, or is there twice.
local function is_taken(list)
  local seen = {}
  for _, one in ipairs(list) do
    local known = one.key and redis.call('EXISTS', one.key) == 1
      or not one.key and redis.call('ZSCORE', members, one.hash)
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
  take_past(members)
  local last = last_end(members) or now
  leave_at(grant, last)
  leave_at(members, last)
  return last
end

-- The answer, with the hashes that don't belong to the grant: on Cluster they have been written
-- before it was known what becomes of them.
local function answer(status, list, ...)
  local strays = {}
  if where ~= 'here' then
    for _, one in ipairs(list) do
      if not redis.call('ZSCORE', members, one.hash) then table.insert(strays, one.hash) end
    end
  end
  return { status, strays, ... }
end
`
