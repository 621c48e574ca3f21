import type { Credential, NewCredential, Store } from '@oauth2-kit/core'
import { issues, redeems } from '../checked'
import { equal } from '../expect'
import { aCredential, aGrant, asFound, successors, wholeSecond } from '../given'
import { group } from '../group'
import { isReplay } from '../traits/consume'
import type { StoreTrial } from '../trial'
import { purgeAll } from './expiry'

const hourMs = 3_600_000
const fortnightMs = 14 * 24 * hourMs

/** The number of rotations of one grant: fewer if each of them is a round trip to a database. */
const rotations = { inMemory: 2000, overTheNetwork: 300 }

export const growth = group('growth', 'secure', [
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
  for (let n = 0; n < tokens.length; n += 25) {
    const some = tokens.slice(n, n + 25)
    const found = await Promise.all(some.map(({ hash }) => store.find(hash)))
    equal(found, some, `The access tokens from number ${n + 1} of ${tokens.length}`)
  }
}
