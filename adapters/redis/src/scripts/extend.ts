import { ends } from './ends'
import { addToGrant } from './add-to-grant'
import { script } from './script'
import { time } from './time'

/** Adds credentials to an existing grant. Specific ARGV: the call. */
export const extendScript = script(
  time,
  ends,
  addToGrant,
  `
local call = ARGV[4]
local list, first_index = credentials_from(5, 4)
local status, waits = hindrance()
if status then return answer(status, list, waits) end
local again = redis.call('HGET', grant, 'e') == call
if not again and is_taken(list) then return answer('taken', list) end
-- Written even if this call was sent again after a lost reply, so that WAIT covers the credentials.
redis.call('HSET', grant, 'e', call)
if again then return answer('extended', list) end
local last = add(list)
for at = first_index, #KEYS do put_off(KEYS[at], id, last) end
return answer('extended', list)
`,
)
