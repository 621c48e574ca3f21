import { script } from './script'
import { time } from './time'

/**
 * Whether a key is seen for the first time. ARGV: the retention, the call, the expiry. The same call
 * again is one that was sent again.
 */
export const rememberScript = script(
  time,
  `
local known = redis.call('GET', KEYS[1])
if known then return known == ARGV[2] and 'first' or 'again' end
set_until(KEYS[1], ARGV[2], end_of(ARGV[3]))
return 'first'
`,
)
