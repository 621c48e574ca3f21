import type { Credential, NewCredential, Store } from '@oauth2-kit/core'
import { createsUser, issues, redeems } from '../checked'
import { dayMs, hourMs } from '../difference/times'
import { equal } from '../expect'
import { aCredential, aGrant, aUser, asFound, successors, wholeSecond } from '../given'
import { group } from '../group'
import { inTurns } from '../in-turns'
import { isReplay } from '../traits/consume'
import type { StoreTrial } from '../trial'
import { purgeAll } from './expiry'
import { withUsers } from './user'

const fortnightMs = 14 * dayMs

/** The number of rotations of one grant: fewer if each of them is a round trip to a database. */
const rotations = { inMemory: 2000, overTheNetwork: 300 }

export const growth = group('growth', 'secure', [
  {
    id: 'kept',
    level: 'contract',
    title: 'the first of 1,100 access tokens, 600 refresh tokens and 300 codes is still found',
    why: 'With a cache or a list of a fixed size, a busy hour signs users out.',
    fix: 'Keep everything until it expires; a limit on the number is no expiry.',
  },
  {
    id: 'marks',
    title:
      'redeem() detects a replay of the code and of every refresh token after hundreds of rotations',
    why: 'RFC 9700 4.14.2: a thief could rotate so often that the store forgets the first redemption.',
    fix: 'Keep each redemption mark until the redeemed credential would have expired; make marks small, not few.',
    async run(t) {
      const { store, code, chain, now } = await rotated(t)
      const probes = [code, ...chain.filter((_, n) => n % 97 === 0), chain.at(-2)!]
      const allReplays = async () => {
        for (const one of probes) {
          isReplay(await store.redeem(one, successors()))
          equal(await store.isRedeemed(one), true, 'isRedeemed() of a redeemed token')
        }
      }
      await allReplays()
      await purgeAll(store, { credentials: now - 1000, shortLived: now + hourMs })
      await allReplays()
      await redeems(store, chain.at(-1)!, successors())
    },
  },
  {
    id: 'tokens',
    title: 'find() returns every access token that has not expired after hundreds of rotations',
    why: 'A client that refreshes often would be refused with a token that it has just received.',
    fix: 'Do not drop a credential because of the number of later ones.',
    async run(t) {
      const { store, tokens, now } = await rotated(t)
      await allFound(store, tokens)
      await purgeAll(store, { credentials: now - 1000, shortLived: now + hourMs })
      await allFound(store, tokens)
    },
  },
  {
    id: 'others',
    title: 'redeem() detects a replay of the first of 1,200 codes after all others were redeemed',
    why: 'RFC 6749 4.1.2: an attacker who signs in often enough would make the server forget a redeemed code.',
    fix: 'Keep each redemption mark until the redeemed credential would have expired; evict none by number.',
    async run(t) {
      const store = await t.elsewhere()
      const codes = Array.from({ length: 1200 }, () => ({
        grant: aGrant(),
        code: aCredential({ kind: 'code' }),
        made: successors(),
      }))
      await inTurns(codes, async ({ grant, code, made }) => {
        await issues(store, grant, [code])
        await redeems(store, asFound(code, grant), made)
      })
      for (const n of [0, 1, 99, 100, 199, 499, 500, 999, 1000, 1199]) {
        const { grant, code, made } = codes[n]!
        const old = asFound(code, grant)
        await redeems(store, old, made)
        isReplay(await store.redeem(old, successors()))
        equal(await store.isRedeemed(old), true, 'isRedeemed() of an early code')
        await allFound(
          store,
          made.map((one) => asFound(one, grant)),
        )
      }
    },
  },
  {
    id: 'users',
    needs: ['users'],
    title: 'issue() refuses the first of 300 deleted users after all others were deleted',
    why: 'A request under way for a deleted user would get tokens once enough others are deleted.',
    fix: 'Keep the mark of every deleted user until "markUntil"; evict none by number.',
    async run(t) {
      const store = withUsers(await t.elsewhere())
      const users = Array.from({ length: 300 }, () => aUser())
      const until = Date.now() + 600_000
      await inTurns(users, async (user) => {
        await createsUser(store, user)
        await store.deleteUser(user.id, until)
      })
      for (const n of [0, 1, 49, 99, 100, 199, 255, 256, 299]) {
        const { id } = users[n]!
        const outcome = await store.issue(aGrant({ userId: id }), [aCredential()], {})
        equal(outcome, 'refused', 'issue() for an early deleted user')
        equal(await store.createUser(aUser({ id })), false, 'createUser() of an early deleted user')
      }
    },
  },
])

interface Rotated {
  store: Store
  code: Credential
  /** Every refresh token; the last one is not redeemed yet. */
  chain: Credential[]
  tokens: Credential[]
  now: number
}

/** Creates a grant from a code and refreshes it many times. */
async function rotated(t: StoreTrial): Promise<Rotated> {
  const store = await t.elsewhere()
  const now = wholeSecond()
  const grant = aGrant()
  const first = aCredential({ kind: 'code', expiresAt: now + 600_000 })
  await issues(store, grant, [first])
  const code = asFound(first, grant)
  const [chain, tokens]: [Credential[], Credential[]] = [[], []]
  const times = t.session.url === undefined ? rotations.inMemory : rotations.overTheNetwork
  for (let n = 0; n <= times; n++) {
    const made: NewCredential[] = [
      aCredential({ expiresAt: now + fortnightMs }),
      aCredential({ kind: 'access', expiresAt: now + hourMs }),
      aCredential({ kind: 'answer', expiresAt: now + 30_000 }),
    ]
    await redeems(store, chain.at(-1) ?? code, made)
    chain.push(asFound(made[0]!, grant))
    tokens.push(asFound(made[1]!, grant))
  }
  return { store, code, chain, tokens, now }
}

async function allFound(store: Store, tokens: readonly Credential[]): Promise<void> {
  const found = await inTurns(tokens, ({ hash }) => store.find(hash))
  for (const [n, one] of tokens.entries())
    equal(found[n], one, `Token number ${n + 1} of ${tokens.length}`)
}
