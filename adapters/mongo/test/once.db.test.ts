import type { Credential, NewCredential } from '@oauth2-kit/core'
import { type DatabaseName, describeDatabase } from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
import { openWire } from '../../../conformance/src/wire'
import { aCredential, issued, redeemed } from '@oauth2-kit/testing'
import { allRun } from '../../../test/support/growth'
import { opened, startTimeout } from './support/opened'

const patience = 180_000

// The whole suite runs on a single server every time.
const places: DatabaseName[] = allRun ? ['mongodb', 'mongodb-replica'] : ['mongodb-replica']

describe.each(places)('on %s', (name) => {
  describeDatabase(name, (database) => {
    beforeAll(() => database.url(), startTimeout)

    it(
      'finds nothing of a grant after revoke() has returned, despite concurrent rotations',
      async () => {
        await using place = await opened(database)
        const { store } = place
        const grants = Array.from({ length: 60 }, async () => {
          const { credential } = await issued(store)
          const made: NewCredential[] = [credential]
          const rotating = rotateUntilRevoked(credential)
          for (let n = 0; n < 3; n++) await store.find(credential.hash)
          expect(await store.revoke({ userId: credential.grant.userId! })).toBe(1)
          const found = await Promise.all(made.map(({ hash }) => store.find(hash)))
          expect(found.every((one) => one === null)).toBe(true)
          await rotating
          const later = await Promise.all(made.map(({ hash }) => store.find(hash)))
          expect(later.every((one) => one === null)).toBe(true)
          expect(await store.extend(credential.grant, [aCredential()])).toBe('revoked')

          async function rotateUntilRevoked(from: Credential): Promise<void> {
            for (let current = from; ;) {
              const next = aCredential()
              made.push(next)
              const { status } = await store.redeem(current, [next, aCredential()])
              if (status === 'revoked') return
              expect(status).toBe('redeemed')
              current = { ...next, grant: from.grant }
            }
          }
        })
        await Promise.all(grants)
      },
      patience,
    )

    it(
      'after a lost reply, returns redeemed for the same attempt and replayed for others',
      async () => {
        await using place = await opened(database)
        const { credential } = await issued(place.store)
        const wire = await openWire(place.url)
        const client = new MongoClient(wire.url, { retryWrites: false, retryReads: false })
        const store = mongoStore(client.db())
        await store.find(credential.hash)
        const attempt = [aCredential(), aCredential({ kind: 'access' })]
        wire.loseReply()
        await expect(store.redeem(credential, attempt)).rejects.toThrow(Error)
        wire.restore()
        expect(await store.redeem(credential, attempt)).toEqual({ status: 'redeemed' })
        expect(await place.store.redeem(credential, [aCredential()])).toEqual({
          status: 'replayed',
        })
        await redeemed(store, { ...attempt[0]!, grant: credential.grant }, aCredential())
        await client.close()
        await wire.close()
      },
      patience,
    )
  })
})
