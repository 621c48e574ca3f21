import { ends } from './ends'
import { family } from './family'
import { script } from './script'
import { time } from './time'

/**
 * Decides who redeems a credential, once. KEYS[3] is its mark of use: the hash and record of the
 * first successor. ARGV of its own: the credential's hash.
 */
export const redeemScript = script(
  time,
  ends,
  family,
  `
local mark, old = KEYS[3], ARGV[4]
local list, first_index = credentials_from(5, 4)
if not is_live() then return answer('revoked', list) end
local goes = redis.call('ZSCORE', members, old)
goes = goes == 'inf' and never or goes and tonumber(goes)
-- What is about to go could not keep its mark of use.
if not goes or goes <= now then return answer('unknown', list) end
if #list == 0 then return answer('nothing', list) end
local used = redis.call('GET', mark)
if used then
  if string.match(used, '^[^\\n]*') == list[1].hash then
    -- Also for the replicas: whoever waits for them waits for the redemption.
    leave_at(mark, goes)
    return answer('redeemed', list)
  end
  return answer('replayed', list, used)
end
if is_taken(list) then return answer('taken', list) end
set_until(mark, list[1].hash .. '\\n' .. list[1].record, goes)
local last = add(list)
for at = first_index, #KEYS do put_off(KEYS[at], id, last) end
return answer('redeemed', list)
`,
)
