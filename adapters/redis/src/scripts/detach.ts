import { ends } from './ends'
import { script } from './script'
import { time } from './time'

/**
 * Removes a credential from its grant, and the grant if this was its last credential. KEYS: the
 * grant, the hashes of its credentials, those of redeemed ones that were moved. ARGV: the
 * retention in milliseconds, the hash. Returns 'gone' if the grant was removed, else 'kept'.
 */
export const detachScript = script(
  time,
  ends,
  `
local grant, members, redeemed = KEYS[1], KEYS[2], KEYS[3]
redis.call('ZREM', members, ARGV[2])
local last, last_redeemed = last_end(members), last_end(redeemed)
last = math.max(last or 0, last_redeemed or 0)
if last > 0 then
  local known = redis.call('HGET', grant, 'z')
  if known then
    redis.call('HSET', grant, 'z', score(last) .. string.match(known, ' .*'))
    for _, key in ipairs({ grant, members, redeemed }) do leave_at(key, last) end
  end
  return 'kept'
end
redis.call('UNLINK', grant)
return 'gone'
`,
)
