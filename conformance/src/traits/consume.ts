import type { Credential, Redemption } from '@oauth2-kit/core'
import { redeems } from '../checked'
import { equal, holds, isError, show } from '../expect'
import { aCredential, aGrant, aHash, asFound, successors, withAnswer } from '../given'
import type { CaseOf } from '../group'
import { foundAs, notFound } from '../trial'

type Kind = 'code' | 'refresh'

/** Returns the cases of a kind that is redeemed: once, for successors, and it stays visible. */
export function consumes(
  kind: Kind,
): Record<
  'redeem' | 'second' | 'isRedeemed' | 'siblings' | 'retry' | 'unknown' | 'mark' | 'atomic',
  CaseOf
> {
  const noun = kind === 'code' ? 'code' : 'refresh token'
  return {
    redeem: {
      id: 'redeem',
      title: `redeem() of a ${noun} writes its successors, and find() returns them from then on`,
      why: 'The token endpoint does this with every request, so no client would get a working token.',
      fix: 'Write all successors in the operation that decides which attempt wins.',
      async run(t) {
        const { grant, credential, unharmed } = await t.issuedGrant({ kind })
        const made = [...withAnswer(), aCredential({ kind: 'access' }), aCredential()]
        equal(await t.store.redeem(credential, made), { status: 'redeemed' }, 'redeem()')
        for (const one of made)
          await foundAs(t.store, one, grant, `The successor of kind ${one.kind}`)
        await unharmed()
      },
    },
    second: {
      id: 'second',
      level: 'secure',
      title: `find() still returns a redeemed ${noun}, and a second redeem() is a replay`,
      why: 'RFC 6749 4.1.2 and RFC 9700 4.14.2: a thief who presents it again would go undetected.',
      fix: 'Mark it as redeemed in the operation that writes the successors, and do not delete it.',
      async run(t) {
        const { grant, credential } = await t.issuedGrant({ kind })
        const made = successors()
        await redeems(t.store, credential, made)
        await foundAs(t.store, credential, grant, `The redeemed ${noun}`)
        for (let n = 0; n < 2; n++) {
          const again = successors()
          isReplay(await t.store.redeem(credential, again))
          for (const { hash } of again) await notFound(t.store, hash, 'A successor of a replay')
        }
        for (const one of made)
          await foundAs(t.store, one, grant, 'A successor of the first redemption')
      },
    },
    isRedeemed: {
      id: 'is-redeemed',
      level: 'secure',
      title: `isRedeemed() returns whether a ${noun} was redeemed, and changes nothing`,
      why: 'RFC 7662 2.2: a redeemed token would be reported as active, or consumed by introspection.',
      fix: 'Look for a redemption of that one hash, whatever happened to the successors since.',
      async run(t) {
        const { store } = t
        const { grant, credential, unharmed } = await t.issuedGrant({ kind })
        const sibling = asFound(aCredential({ kind }), grant)
        await store.extend(grant, [sibling])
        const tells = async (one: Credential, redeemed: boolean, what: string) =>
          equal(await store.isRedeemed(one), redeemed, `isRedeemed() of ${what}`)
        for (let n = 0; n < 2; n++)
          await tells(credential, false, `a ${noun} before its redemption`)
        const [next, ...others] = successors()
        await redeems(store, credential, [next!, ...others])
        for (let n = 0; n < 2; n++) await tells(credential, true, `a redeemed ${noun}`)
        await tells(sibling, false, `another ${noun} of the grant`)
        await tells(asFound(next!, grant), false, 'its successor')
        await redeems(store, asFound(next!, grant), successors())
        await tells(credential, true, `a ${noun} whose successor was redeemed in turn`)
        await tells(asFound(next!, grant), true, 'that successor')
        const token = aCredential({ kind: 'access' })
        await redeems(store, sibling, [token])
        await store.revokeAccessToken(token.hash)
        await tells(
          sibling,
          true,
          `a ${noun} whose only successor was revoked by revokeAccessToken()`,
        )
        await unharmed()
      },
    },
    siblings: {
      id: 'siblings',
      level: 'secure',
      title: `redeem() of a ${noun} consumes no other ${noun} of the same grant, user or client`,
      why: 'A user who signs in on two devices would lose one of the sessions.',
      fix: 'Use the one hash in the WHERE clause, not the user or client.',
      async run(t) {
        const { grant, credential, unharmed } = await t.issuedGrant({ kind })
        const sibling = aCredential({ kind })
        await t.store.extend(grant, [sibling])
        await redeems(t.store, credential, successors())
        await unharmed()
        await foundAs(t.store, sibling, grant, `The other ${noun} of the grant`)
        await redeems(t.store, asFound(sibling, grant), successors())
        // At the same time, each is an attempt of its own.
        const stores = await t.instances(4)
        const more = Array.from({ length: 8 }, () => asFound(aCredential({ kind }), grant))
        await t.store.extend(grant, more)
        const made = more.map(() => successors())
        await Promise.all(more.map((one, n) => redeems(stores[n % 4]!, one, made[n]!)))
        for (const one of made.flat())
          await foundAs(t.store, one, grant, `A successor of one of several ${noun}s`)
      },
    },
    retry: {
      id: 'retry',
      level: 'secure',
      title: `redeem() of a ${noun}, retried with the same successors after a lost reply, is "redeemed" again`,
      why: 'Otherwise a reply that is lost looks like theft, and costs the user the grant.',
      fix: 'After a conflict, compare the hash of the winner with successors[0].hash.',
      async run(t) {
        const [store, other] = await t.instances(2)
        const { grant, credential } = await t.issuedGrant({ kind })
        const made = [...successors(), aCredential({ kind: 'access' })]
        await redeems(store!, credential, made)
        await redeems(store!, credential, made)
        await redeems(other!, credential, made)
        // Only the first successor identifies the attempt.
        const differing = [made[0]!, aCredential({ kind: 'access' }), aCredential()]
        await redeems(other!, credential, differing)
        for (const { hash } of differing.slice(1))
          await notFound(store!, hash, 'A successor that only the retry had')
        for (const again of [successors(), made.toReversed()])
          isReplay(await store!.redeem(credential, again))
        await redeems(store!, asFound(made[0]!, grant), successors())
        await redeems(other!, credential, made)
        for (const one of made) await foundAs(store!, one, grant, 'A successor of the attempt')
        await store!.revokeAccessToken(made[1]!.hash)
        await redeems(store!, credential, made)
        await notFound(store!, made[1]!.hash, 'A revoked successor, after a retry')
      },
    },
    unknown: {
      id: 'unknown',
      title: `redeem() of a ${noun} that the grant does not have returns "unknown" or "revoked", and writes nothing`,
      why: 'A credential of one grant could create tokens of another.',
      fix: 'Look for the pair of hash and grant, and write successors only if it exists.',
      async run(t) {
        const { credential } = await t.issuedGrant({ kind })
        const other = await t.issuedGrant({ kind })
        const made = successors()
        const gone = { ...credential, grant: aGrant() }
        const cases: [Credential, Redemption['status'][], string][] = [
          [{ ...credential, hash: aHash() }, ['unknown'], 'of an unknown hash'],
          [{ ...other.credential, grant: credential.grant }, ['unknown'], 'with another grant'],
          [gone, ['revoked', 'unknown'], 'of a grant that never existed'],
        ]
        for (const [old, statuses, what] of cases) {
          const { status } = await t.store.redeem(old, made)
          holds(statuses.includes(status), `redeem() ${what} returned ${show(status)}`)
          for (const { hash } of made)
            await notFound(t.store, hash, `A successor of redeem() ${what}`)
        }
        await redeems(t.store, credential, successors())
        await redeems(t.store, other.credential, successors())
      },
    },
    mark: {
      id: 'mark',
      level: 'secure',
      title: `redeem() of a ${noun} with only a successor of kind "used" makes every later attempt a replay`,
      why: 'RFC 7636: after one wrong verifier, an attacker could try the next one on the same code.',
      fix: 'Write a successor of kind `used` like any other.',
      async run(t) {
        const { credential } = await t.issuedGrant({ kind })
        const mark = aCredential({ kind: 'used', data: '{}', expiresAt: credential.expiresAt })
        await redeems(t.store, credential, [mark])
        equal(await t.store.isRedeemed(credential), true, 'isRedeemed()')
        isReplay(await t.store.redeem(credential, successors()))
      },
    },
    atomic: {
      id: 'atomic',
      level: 'secure',
      title: `redeem() of a ${noun} that fails because a successor exists consumes and writes nothing`,
      why: 'A partial redemption locks the user out, or leaves a live token that no client knows.',
      fix: 'Use one statement, or one transaction.',
      async run(t) {
        const { grant, credential } = await t.issuedGrant({ kind })
        const sibling = asFound(aCredential({ kind: 'access' }), grant)
        await t.store.extend(grant, [sibling])
        const other = await t.issuedGrant()
        for (const { hash } of [other.credential, sibling]) {
          for (const at of [1, 2]) {
            const fresh = successors()
            const clash = aCredential({ kind: 'access', hash })
            const outcome = await t.store
              .redeem(credential, fresh.toSpliced(at, 0, clash))
              .catch((error: Error) => error)
            holds(isError(outcome), `redeem() with an existing hash returned ${show(outcome)}`)
            for (const one of fresh)
              await notFound(t.store, one.hash, 'A successor beside the existing hash')
            await foundAs(t.store, other.credential, other.grant, 'The existing credential')
            await foundAs(t.store, sibling, grant, 'The access token of the same grant')
            equal(await t.store.isRedeemed(credential), false, 'isRedeemed() afterwards')
          }
        }
        await redeems(t.store, credential, successors())
      },
    },
  }
}

/** Fails unless the redemption was a replay. */
export function isReplay(redemption: Redemption): void {
  equal(redemption, { status: 'replayed' }, 'A second redeem()')
}
