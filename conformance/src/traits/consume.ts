import type { Credential, Redemption } from '@oauth2-kit/core'
import { redeems } from '../checked'
import { equal, holds, isError, show } from '../expect'
import { aCredential, aGrant, aHash, asFound, successors } from '../given'
import type { CaseOf } from '../group'
import { foundAs, notFound } from '../trial'

type Kind = 'code' | 'refresh'

/** What holds for whatever is redeemed: successors come of it, once, and what it was stays visible. */
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
      title: `a ${noun} is redeemed for its successors, which are found from then on`,
      why: 'It is what the token endpoint does with every request.',
      fix: 'Write all successors in the one operation that decides.',
      async run(t) {
        const { grant, credential, unharmed } = await t.issuedGrant({ kind })
        const made = successors()
        equal(await t.store.redeem(credential, made), { status: 'redeemed' }, 'redeem')
        for (const one of made) await foundAs(t.store, one, grant, `The ${one.kind}`)
        await unharmed()
      },
    },
    second: {
      id: 'second',
      level: 'secure',
      title: `a ${noun} that was redeemed is found, and its second use is a replay`,
      why: 'RFC 6749 4.1.2 and RFC 9700 4.14.2: who presents it again may have stolen it.',
      fix: "Mark it as used in the same operation that writes the successors; don't delete it.",
      async run(t) {
        const { grant, credential } = await t.issuedGrant({ kind })
        const made = successors()
        await redeems(t.store, credential, made)
        await foundAs(t.store, credential, grant, `The ${noun}, once used`)
        for (let n = 0; n < 2; n++) {
          const again = successors()
          isReplay(await t.store.redeem(credential, again))
          for (const { hash } of again) await notFound(t.store, hash, 'What a replay was to get')
        }
        for (const one of made) await foundAs(t.store, one, grant, 'What the first use got')
      },
    },
    isRedeemed: {
      id: 'is-redeemed',
      level: 'secure',
      title: `whether a ${noun} was redeemed is told, and asking changes nothing`,
      why: 'RFC 7662 2.2: a token that was used is not active, and to be asked about must not use it up.',
      fix: 'Look for what claims the one hash, whatever has become of it since.',
      async run(t) {
        const { store } = t
        const { grant, credential, unharmed } = await t.issuedGrant({ kind })
        const sibling = asFound(aCredential({ kind }), grant)
        await store.extend(grant, [sibling])
        const tells = async (one: Credential, redeemed: boolean, what: string) =>
          equal(await store.isRedeemed(one), redeemed, `isRedeemed of ${what}`)
        for (let n = 0; n < 2; n++) await tells(credential, false, `a ${noun} before its use`)
        const [next, ...others] = successors()
        await redeems(store, credential, [next!, ...others])
        for (let n = 0; n < 2; n++) await tells(credential, true, `a ${noun} that was used`)
        await tells(sibling, false, `another ${noun} of the grant`)
        await tells(asFound(next!, grant), false, 'its successor')
        await redeems(store, asFound(next!, grant), successors())
        await tells(credential, true, `a ${noun} whose successor was used in turn`)
        await tells(asFound(next!, grant), true, 'that successor')
        const token = aCredential({ kind: 'access' })
        await redeems(store, sibling, [token])
        await store.revokeAccessToken(token.hash)
        await tells(sibling, true, `a ${noun} whose only successor was revoked by itself`)
        await unharmed()
      },
    },
    siblings: {
      id: 'siblings',
      level: 'secure',
      title: `redeeming a ${noun} uses up no other one, of the same grant, user or client`,
      why: 'One user signs in twice, on two devices.',
      fix: 'Name the one hash in the WHERE clause, not the user or client.',
      async run(t) {
        const { grant, credential, unharmed } = await t.issuedGrant({ kind })
        const sibling = aCredential({ kind })
        await t.store.extend(grant, [sibling])
        await redeems(t.store, credential, successors())
        await unharmed()
        await foundAs(t.store, sibling, grant, 'The other one of the grant')
        await redeems(t.store, asFound(sibling, grant), successors())
      },
    },
    retry: {
      id: 'retry',
      level: 'secure',
      title: 'the same attempt, sent again because its reply was lost, has redeemed',
      why: 'Otherwise a connection that breaks looks like a theft, and costs the user the grant.',
      fix: "After a conflict, compare the winner's hash with successors[0].hash.",
      async run(t) {
        const { grant, credential } = await t.issuedGrant({ kind })
        const made = successors()
        await redeems(t.store, credential, made)
        await redeems(t.store, credential, made)
        await redeems(t.store, asFound(made[0]!, grant), successors())
        await redeems(t.store, credential, made)
        for (const one of made) await foundAs(t.store, one, grant, 'What the attempt got')
      },
    },
    unknown: {
      id: 'unknown',
      title: `a ${noun} that the grant doesn't have is unknown, or revoked with its grant, and makes nothing`,
      why: 'A credential of one grant must not make tokens of another.',
      fix: 'Look for the pair of hash and grant, and write successors only where it is there.',
      async run(t) {
        const { credential } = await t.issuedGrant({ kind })
        const other = await t.issuedGrant({ kind })
        const made = successors()
        const gone = { ...credential, grant: aGrant() }
        const cases: [Credential, Redemption['status'][], string][] = [
          [{ ...credential, hash: aHash() }, ['unknown'], 'of an unknown hash'],
          [{ ...other.credential, grant: credential.grant }, ['unknown'], 'with another grant'],
          [gone, ['revoked', 'unknown'], 'of a grant that never was'],
        ]
        for (const [old, statuses, what] of cases) {
          const { status } = await t.store.redeem(old, made)
          holds(statuses.includes(status), `redeem ${what} is ${show(status)}`)
          for (const { hash } of made) await notFound(t.store, hash, `What a redeem ${what} wrote`)
        }
        await redeems(t.store, credential, successors())
        await redeems(t.store, other.credential, successors())
      },
    },
    mark: {
      id: 'mark',
      level: 'secure',
      title: `a ${noun} that is used up for nothing is a replay from then on, by its mark`,
      why: 'RFC 7636: one wrong verifier burns the code.',
      fix: 'Take a successor of kind `used` like any other.',
      async run(t) {
        const { credential } = await t.issuedGrant({ kind })
        const mark = aCredential({ kind: 'used', data: '{}', expiresAt: credential.expiresAt })
        await redeems(t.store, credential, [mark])
        equal(await t.store.isRedeemed(credential), true, 'isRedeemed')
        isReplay(await t.store.redeem(credential, successors()))
      },
    },
    atomic: {
      id: 'atomic',
      level: 'secure',
      title: 'a redemption that fails because a successor exists has used up and written nothing',
      why: 'Half a redemption locks the user out, or leaves a token that nobody knows of.',
      fix: 'One statement, or one transaction.',
      async run(t) {
        const { credential } = await t.issuedGrant({ kind })
        const other = await t.issuedGrant()
        const fresh = aCredential()
        const clash = aCredential({ kind: 'access', hash: other.credential.hash })
        const outcome = await t.store
          .redeem(credential, [fresh, clash])
          .catch((error: Error) => error)
        holds(isError(outcome), `redeem with a hash that exists gave ${show(outcome)}`)
        await notFound(t.store, fresh.hash, 'The successor beside the clash')
        await foundAs(t.store, other.credential, other.grant, 'The one that existed')
        await redeems(t.store, credential, successors())
      },
    },
  }
}

/** Fails unless the redemption was a replay. */
export function isReplay(redemption: Redemption): void {
  equal(redemption, { status: 'replayed' }, 'A second redeem')
}
