import { ends } from './ends'
import { family } from './family'
import { script } from './script'
import { time } from './time'

/** A new grant with its credentials. ARGV of its own: client, user, creation, data, call. */
export const issueScript = script(
  time,
  ends,
  family,
  `
local client, user, created, data, call = unpack(ARGV, 4, 8)
local list, first_index = credentials_from(9, 3)
-- The same call is one that was sent again because its reply was lost.
local known = redis.call('HGET', grant, 'n')
if known then return answer(known == call and 'issued' or 'exists', list) end
if is_taken(list) then return answer('taken', list) end
redis.call('HSET', grant, 'c', client, 'i', created, 'd', data, 'n', call)
if user ~= '' then redis.call('HSET', grant, 'u', user) end
local last = add(list)
for at = first_index, #KEYS do index_until(KEYS[at], id, last) end
return answer('issued', list)
`,
)
