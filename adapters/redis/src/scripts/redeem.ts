import { ends } from './ends'
import { addToGrant } from './add-to-grant'
import { script } from './script'
import { time } from './time'

/** Removes the data of a credential. Needs a variable `key`. */
const empty = `
local record = redis.call('GET', key)
local line = record and string.find(record, '\\n', 1, true)
if line and line < #record then redis.call('SET', key, string.sub(record, 1, line), 'KEEPTTL') end
`

/**
 * Decides which attempt redeems a credential: only one can. Specific ARGV: the credential's hash, the
 * kind of the first successor ('refresh' means that it can be redeemed itself), and the beginning of
 * the keys of credentials.
 *
 * Once the first successor is redeemed too, the data of this credential is no longer needed, only
 * the fact that it was redeemed. The data is then removed, so that old credentials of a grant take
 * the same space whatever their data was. On a single node this script removes it; on a Cluster the
 * result names the credential.
 */
export const redeemScript = script(
  time,
  ends,
  addToGrant,
  `
local old, kind, credentials = unpack(ARGV, 4, 6)
local list, first_index = credentials_from(7, 4)
local own, first = field_of(old), list[1].hash
local status, waits, noted = hindrance(own)
if status then return answer(status, list, waits) end
local goes = end_in_grant(old)
-- A credential that is about to be removed could not keep its redemption mark.
if not goes or goes <= now then return answer('unknown', list) end
local before = noted and predecessor_in(noted)
if noted and not before then
  if noted ~= field_of(first) then return answer('replayed', list) end
  -- This write makes WAIT cover the redemption.
  redis.call('HSET', grant, own, noted)
  return answer('redeemed', list)
end
if is_taken(list) then return answer('taken', list) end
make_room(old, goes)
local later
if kind == 'refresh' then
  later = add(list, false, own, field_of(first), field_of(first), issued_for(old))
else later = add(list, false, own, field_of(first)) end
if later then
  for at = first_index, #KEYS do put_off(KEYS[at], id, later) end
end
if before and where == 'here' then
  local key = credentials .. before
  ${empty}
end
return answer('redeemed', list, before)
`,
)

/** Removes the data of a credential, on a Cluster. KEYS: its key. */
export const emptyScript = script(`local key = KEYS[1]`, empty)
