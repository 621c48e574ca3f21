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

/** Rotations of one grant: fewer where each of them is a round trip to a database. */
const rotations = { inMemory: 2000, overTheNetwork: 300 }

export const growth = group('growth', 'secure', [
  {
    id: 'marks',
    title: 'after hundreds of rotations the code and every refresh token of the grant is a replay',
    why: 'RFC 9700 4.14.2: a thief who rotates on and on must not wear out the mark of the first use.',
    fix: 'Keep the mark of use until the redeemed credential would have expired; make it small, not few.',
    async run(t) {
      const { store, code, chain, now } = await rotated(t)
      const probes = [code, ...chain.filter((_, n) => n % 97 === 0), chain.at(-2)!]
      const allReplays = async () => {
        for (const one of probes) {
          isReplay(await store.redeem(one, successors()))
          equal(await store.isRedeemed(one), true, 'isRedeemed of a token that was used')
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
    title: 'after hundreds of rotations every access token that has not expired is found',
    why: 'A client that refreshes often would be refused with a token that it has just got.',
    fix: 'Drop no credential by the number of those that came after it.',
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
  /** Every refresh token; the last one is not used yet. */
  chain: Credential[]
  tokens: Credential[]
  now: number
}

/** A grant that began with a code and was refreshed many times. */
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
