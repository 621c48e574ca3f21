import { ends } from './ends'
import { script } from './script'
import { time } from './time'

/**
 * Removes a credential from its grant, and the grant if this was its last credential. KEYS: the
 * grant, the hashes of its credentials that are not redeemed, those of the redeemed ones. ARGV: the
 * retention in milliseconds, the hash. Returns 'gone' if the grant was removed, else 'kept'.
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
