import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Credential, NewCredential } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
import { openWire } from '../../../conformance/src/wire'
import { aCredential, issued, redeemed } from '@oauth2-kit/testing'
import { opened, startTimeout } from './support/opened'
import type { Contest } from './support/contender'

const patience = 180_000

describe.each(['mongodb', 'mongodb-replica'] as const)('on %s', (name) => {
  describeDatabase(name, (database) => {
    beforeAll(() => database.url(), startTimeout)

    it(
      'of 50 attempts at once in each of four processes one has redeemed, the others are replays',
      async () => {
        await using place = await opened(database)
        const { credential } = await issued(place.store)
        const contest = { url: place.url, credential, attempts: 50 }
        const statuses = await Promise.all([1, 2, 3, 4].map(() => contenderOf(contest)))
        const all = statuses.flat()
        expect(all).toHaveLength(200)
        expect(all.filter((status) => status === 'redeemed')).toHaveLength(1)
        expect(all.filter((status) => status === 'replayed')).toHaveLength(199)
      },
      patience,
    )

    it(
      'nothing of a grant is found once its revocation has returned, whatever is rotating it',
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
      'a redemption whose reply is lost is redeemed for whoever tries again, and a replay for others',
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

/** What became of the attempts of another process. */
async function contenderOf(contest: Contest): Promise<string[]> {
  const script = path.join(__dirname, 'support/contender.ts')
  const preload = path.join(__dirname, '../../../test/support/typescript.cjs')
  const child = fork(script, { execArgv: ['--require', preload] })
  child.send(contest)
  const [statuses] = (await once(child, 'message')) as [string[]]
  return statuses
}
