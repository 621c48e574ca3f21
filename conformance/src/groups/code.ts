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
    title: 'getAuthCode() of a model returns a saved code with its client, user and expiry',
    why: 'RFC 6749 4.1.3: a code that is not bound to its client can be redeemed by another one.',
    fix: 'Return "clientId", "expires" as a Date, and "user" or "userId".',
  },
  {
    id: 'bound',
    level: 'secure',
    title: 'getAuthorizationCode() of a promise model returns the redirect URI as it was saved',
    why: 'RFC 6749 4.1.3: without it, the server accepts a code that was sent to another redirect URI.',
    fix: 'Save "redirectUri" with the code, in a column that is long enough, and return it.',
  },
  {
    id: 'challenge',
    level: 'secure',
    title: 'getAuthorizationCode() of a promise model returns the PKCE challenge as it was saved',
    why: 'RFC 7636 4.6: without "codeChallenge", the server skips PKCE, and a stolen code can be redeemed.',
    fix: 'Save "codeChallenge" and "codeChallengeMethod" with the code, and return both.',
  },
  {
    id: 'consume.wrong-client',
    level: 'secure',
    title:
      'a client that presents the code of another client gets no tokens and does not consume the code',
    why: 'RFC 6749 4.1.3: a code is bound to its client. If a look-up consumed it, anyone could invalidate it.',
    fix: 'Only read in find(), and consume the code only in redeem().',
    async run(t) {
      const engine = t.engine()
      const [owner, other] = [await engine.client(), await engine.client()]
      const code = await engine.code(owner)
      equal(
        outcomeOf(await engine.exchange(other, code)),
        'invalid_grant',
        'The response to the wrong client',
      )
      equal(
        outcomeOf(await engine.exchange(owner, code)),
        'HTTP 200',
        'The response to the right client afterwards',
      )
      equal(
        outcomeOf(await engine.exchange(owner, code)),
        'invalid_grant',
        'The response to a second exchange',
      )
    },
  },
])
