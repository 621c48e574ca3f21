import { ends } from './ends'
import { script } from './script'
import { time } from './time'

/**
 * Takes one credential out of its grant, and the grant away with the last of them. KEYS: the grant,
 * the hashes of its credentials and those of the redeemed ones. ARGV: the retention, the hash.
 * Returns whether the grant went.
 */
export const detachScript = script(
  time,
  ends,
  `
local grant, members, redeemed = KEYS[1], KEYS[2], KEYS[3]
redis.call('ZREM', members, ARGV[2])
if end_with_last(grant, members, redeemed) then return 'kept' end
redis.call('UNLINK', grant)
return 'gone'
`,
)
