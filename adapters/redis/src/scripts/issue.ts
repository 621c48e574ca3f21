import { ends } from './ends'
import { addToGrant } from './add-to-grant'
import { script } from './script'
import { time } from './time'

/**
 * Adds a new grant with its credentials. Specific ARGV: client, user, creation time, data, call,
 * and the version that the client must have, with its line break ('' means any). Specific KEYS on a
 * single node: the client and, if there is a user, the user's deletion mark. On a Cluster those are
 * in other slots, and the grant is unsure until they are checked.
 */
export const issueScript = script(
  time,
  ends,
  addToGrant,
  `
local client, user, created, data, call, version = unpack(ARGV, 4, 9)
local own = 0
if where == 'here' then own = user == '' and 1 or 2 end
local list, first_index = credentials_from(10, 4 + own)
local deleted = own == 2 and KEYS[5]
-- Usually nothing of this exists, which one command shows.
local are_free = not any_exists({ grant, deleted or nil }, list)
local exists, known
if not are_free then exists, known = unpack(redis.call('HMGET', grant, 'c', 'n')) end
if exists then
  if known ~= call then return answer('exists', list) end
  -- The same call, sent again after a lost reply. This write makes WAIT cover the grant.
  redis.call('HSET', grant, 'n', call)
  return answer('issued', list)
end
if own > 0 and version ~= '' and redis.call('GETRANGE', KEYS[4], 0, #version - 1) ~= version
  or deleted and not are_free and redis.call('EXISTS', deleted) == 1 then
  return answer('refused', list)
end
if is_taken(list, are_free) then return answer('taken', list) end
local fields = { 'c', client, 'i', created, 'd', data, 'n', call }
if user ~= '' then table.insert(fields, 'u') table.insert(fields, user) end
if own == 0 and (version ~= '' or user ~= '') then
  table.insert(fields, 'w')
  table.insert(fields, version)
end
local last = add(list, true, unpack(fields))
for at = first_index, #KEYS do index_until(KEYS[at], id, last) end
return answer('issued', list)
`,
)
