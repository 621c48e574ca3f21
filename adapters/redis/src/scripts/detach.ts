import { ends } from './ends'
import { script } from './script'
import { time } from './time'

/**
 * Takes one credential out of its grant, and the grant away with the last of them. ARGV: the
 * retention, the hash. Gives whether the grant went.
 */
export const detachScript = script(
  time,
  ends,
  `
local grant, members = KEYS[1], KEYS[2]
redis.call('ZREM', members, ARGV[2])
take_past(members)
local last = last_end(members)
if last then
  leave_at(grant, last)
  leave_at(members, last)
  return 'kept'
end
redis.call('UNLINK', grant)
return 'gone'
`,
)
