import type { NewCredential } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import type { Db } from 'mongodb'
import { aCredential, before, issued, redeemed, t0 } from '@oauth2-kit/testing'
import type { AnswerDocument } from '../src/schema'
import { opened, startTimeout } from './support/opened'

/** Returns what an attempt on a token creates: new tokens, and an answer with that hash. */
function anAttempt(hash: string, n: number): NewCredential[] {
  const answer = { kind: 'answer', hash, data: `sealed ${n}`, expiresAt: t0 + 10_000 } as const
  return [aCredential(), aCredential({ kind: 'access' }), aCredential(answer)]
}

describe.each(['mongodb', 'mongodb-replica'] as const)('a sealed answer on %s', (name) => {
  describeDatabase(name, (database) => {
    beforeAll(() => database.url(), startTimeout)

    it('is that of the winner of concurrent attempts; no other is kept', async () => {
      await using place = await opened(database)
      const { store, db } = place
      for (let round = 0; round < 3; round++) {
        const { credential } = await issued(store)
        const attempts = Array.from({ length: 12 }, (_, n) => anAttempt(`answer-${round}`, n))
        const outcomes = await Promise.all(attempts.map((made) => store.redeem(credential, made)))
        const winners = outcomes.flatMap(({ status }, n) => (status === 'redeemed' ? [n] : []))
        expect(winners).toHaveLength(1)
        const answer = attempts[winners[0]!]!.at(-1)!
        expect(await store.find(answer.hash)).toEqual({ ...answer, grant: credential.grant })
        const { attempts: kept, removeAt } = await documentOf(db, answer.hash)
        expect(kept.map(({ data }) => data)).toEqual([answer.data])
        expect(removeAt).toEqual(new Date(answer.expiresAt!))
      }
    })

    it('is not found before its attempt has won, and can be replaced by another one', async () => {
      await using place = await opened(database)
      const { store, db } = place
      const { grant, credential } = await issued(store)
      // The server stopped between the answer and the redemption.
      const lost = { by: 'lost', createdAt: t0, expiresAt: t0 + 5000, data: 'sealed before' }
      await db.collection<AnswerDocument>('oauth_grants').insertOne({
        _id: { answer: 'answer' },
        of: credential.hash,
        grantId: grant.id,
        credentials: [{ hash: 'answer', kind: 'answer' }],
        attempts: [lost],
        removeAt: new Date(t0 + 5000),
      })
      expect(await store.find('answer')).toBeNull()
      await redeemed(store, credential, ...anAttempt('answer', 1))
      expect(await store.find('answer')).toMatchObject({ data: 'sealed 1' })
    })

    it('is removed with its grant', async () => {
      await using place = await opened(database)
      const { store, db } = place
      const { grant, credential } = await issued(store)
      await redeemed(store, credential, ...anAttempt('answer', 1))
      await store.extend(credential.grant, [aCredential({ kind: 'answer', hash: 'late' })])
      expect(await store.find('late')).not.toBeNull()
      expect(await store.revoke({ grantId: grant.id })).toBe(1)
      for (const hash of ['answer', 'late']) expect(await store.find(hash)).toBeNull()
      expect(await db.collection('oauth_grants').countDocuments()).toBe(0)
      const late = [aCredential({ kind: 'answer', hash: 'later' })]
      expect(await store.extend(credential.grant, late)).toBe('revoked')
      expect(await store.find('later')).toBeNull()
    })

    it('F5: is removed at its own expiry, regardless of the retention', async () => {
      await using place = await opened(database)
      const { store, db } = place
      const { credential } = await issued(store)
      await redeemed(store, credential, ...anAttempt('answer', 1))
      expect((await documentOf(db, 'answer')).removeAt).toEqual(new Date(t0 + 10_000))
      const indexes = await db.collection('oauth_grants').indexes()
      expect(indexes).toContainEqual(
        expect.objectContaining({ key: { removeAt: 1 }, expireAfterSeconds: 0 }),
      )
      const past = { credentials: t0, shortLived: t0 + 10_000 }
      expect(await store.purge(past, 9)).toEqual({ deleted: 0, more: false })
      past.shortLived++
      expect(await store.purge(past, 9)).toEqual({ deleted: 1, more: false })
      expect(await store.find('answer')).toBeNull()
      expect(await store.isRedeemed(credential)).toBe(true)
      expect(await store.purge(before(t0), 9)).toEqual({ deleted: 0, more: false })
    })

    it('makes the call reject and add nothing if its hash exists', async () => {
      await using place = await opened(database)
      const { store } = place
      const { credential } = await issued(store)
      const { credential: other } = await issued(store)
      const taken = aCredential({ kind: 'answer', hash: other.hash })
      const message = 'A credential with that hash exists'
      await expect(store.redeem(credential, [aCredential(), taken])).rejects.toThrow(message)
      await expect(store.extend(credential.grant, [taken])).rejects.toThrow(message)
      expect(await store.isRedeemed(credential)).toBe(false)
      expect(await store.find(other.hash)).toEqual(other)
      await redeemed(store, other, ...anAttempt('answer', 1))
      await expect(store.redeem(credential, anAttempt('answer', 2))).rejects.toThrow(message)
      expect(await store.find('answer')).toMatchObject({ data: 'sealed 1', grant: other.grant })
    })
  })
})

async function documentOf(db: Db, answer: string): Promise<AnswerDocument> {
  const found = await db.collection<AnswerDocument>('oauth_grants').findOne({ _id: { answer } })
  if (!found) throw new Error('The answer is gone')
  return found
}
