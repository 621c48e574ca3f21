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
local status, waits, last_call = hindrance('e')
if status then return answer(status, list, waits) end
if last_call == call then
  -- Written again, so that WAIT covers the credentials.
  redis.call('HSET', grant, 'e', call)
  return answer('extended', list)
end
if is_taken(list) then return answer('taken', list) end
local later = add(list, false, 'e', call)
if later then
  for at = first_index, #KEYS do put_off(KEYS[at], id, later) end
end
return answer('extended', list)
`,
)
