import { ends } from './ends'
import { family } from './family'
import { script } from './script'
import { time } from './time'

/** Adds credentials to a grant that is there. ARGV of its own: the call. */
export const extendScript = script(
  time,
  ends,
  family,
  `
local call = ARGV[4]
local list, first_index = credentials_from(5, 3)
if not is_live() then return answer('revoked', list) end
-- This very call, which was sent again because its reply was lost.
if redis.call('HGET', grant, 'e') == call then return answer('extended', list) end
if is_taken(list) then return answer('taken', list) end
redis.call('HSET', grant, 'e', call)
local last = add(list)
for at = first_index, #KEYS do put_off(KEYS[at], id, last) end
return answer('extended', list)
`,
)
