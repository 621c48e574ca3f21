import { outcomeOf } from '../engine'
import { equal } from '../expect'
import { group } from '../group'
import { consumes } from '../traits/consume'

const { redeem, second, isRedeemed, siblings, retry, unknown, mark, atomic } = consumes('code')

export const code = group('code', 'contract', [
  { ...redeem, id: 'consume' },
  { ...second, id: 'consume.second' },
  { ...isRedeemed, id: 'consume.is-redeemed' },
  { ...siblings, id: 'consume.siblings' },
  { ...retry, id: 'consume.retry' },
  { ...unknown, id: 'consume.unknown' },
  { ...mark, id: 'consume.mark' },
  { ...atomic, id: 'consume.atomic' },
  {
    id: 'find',
    title: 'a code that a 2.4 model has saved is found, with its client, user and expiry',
    why: 'RFC 6749 4.1.3: the code is bound to its client.',
    fix: 'Give back "clientId", "expires" as a Date, and "user" or "userId".',
  },
  {
    id: 'consume.wrong-client',
    level: 'secure',
    title: 'a wrong client that presents a code gets nothing, and burns nothing',
    why: 'RFC 6749 4.1.3: a code is bound to its client. If looking at it used it up, anybody could spoil it.',
    fix: 'find() only reads; redeem() is what uses up.',
    async run(t) {
      const engine = t.engine()
      const [owner, other] = [await engine.client(), await engine.client()]
      const code = await engine.code(owner)
      equal(outcomeOf(await engine.exchange(other, code)), 'invalid_grant', 'The wrong client')
      equal(outcomeOf(await engine.exchange(owner, code)), '200', 'The right client afterwards')
      equal(outcomeOf(await engine.exchange(owner, code)), 'invalid_grant', 'The second time')
    },
  },
])
