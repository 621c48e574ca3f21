import oauthserver, { type Credential, createClient } from '@oauth2-kit/core'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import type { RedisStore, RedisStoreOptions } from '@oauth2-kit/redis'
import { issued, successors } from './support/given'
import { onServers } from './support/on-servers'
import { OwnServers, ownServersTimeout } from './support/own-servers'

// The tests start their own servers; the name only selects when they can run.
describeDatabase('redis', () => {
  describe('a replica that has lost its master is promoted', () => {
    it(
      'no redemption is acknowledged twice if the store waits for a replica',
      async () => {
        const { before, after, errors } = await promoted({ waitReplicas: 1, waitMs: 100 })
        expect([before, after]).toEqual([0, 20])
        expect(new Set(errors)).toEqual(
          new Set(['0 of 1 replicas acknowledged the write within 100 ms']),
        )
      },
      ownServersTimeout,
    )

    it(
      'without waiting each is acknowledged twice, as replication follows the reply',
      async () => {
        const { before, after } = await promoted({})
        expect([before, after]).toEqual([20, 20])
      },
      ownServersTimeout,
    )
  })
})

describe('replicas that do not acknowledge a write in time', () => {
  onServers((place) => {
    it('are an outage: the request gets a 503, and can be tried again', async () => {
      const { secret } = await createClient(place.store(), {
        id: 'job',
        grantTypes: ['client_credentials'],
      })
      const oauth = oauthserver({
        store: place.store({ waitReplicas: 9, waitMs: 1 }),
        issuer: 'https://auth.example.com',
        grants: ['client_credentials'],
      })
      const errors: unknown[] = []
      oauth.events.on('store.failed', ({ error }) => errors.push(error))
      const response = await oauth.fetch(
        new Request('https://auth.example.com/oauth/token', {
          method: 'POST',
          headers: { Authorization: `Basic ${btoa(`job:${secret}`)}` },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        }),
      )
      expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '1'])
      expect(errors).toEqual([expect.objectContaining({ code: 'OAUTH2_KIT_TIMEOUT' })])
    })
  })
})

/** Returns how many of 20 redemptions the master acknowledged, and then the replica. */
async function promoted(options: RedisStoreOptions) {
  await using servers = await OwnServers.start(
    ([master]) => ['', `--replicaof 127.0.0.1 ${master}`],
    2,
  )
  const [master, replica] = servers.urls
  await servers.until('the replica follows its master', async () =>
    (await servers.at(0).info('replication')).includes('state=online'),
  )
  // The WAIT commands run one after the other.
  const store = servers.storeAt(master!, options, { commandTimeout: 30_000 })
  // Does not wait for the replica, which may be slow at first.
  const issuing = servers.storeAt(master!)
  const credentials = await Promise.all(Array.from({ length: 20 }, () => issued(issuing)))
  await servers.until(
    'the replica has every key',
    async () => (await servers.at(1).dbsize()) === (await servers.at(0).dbsize()),
  )
  // New connections now need a password, so the replica cannot reconnect.
  expect(await store.find(credentials[0]!.hash)).toEqual(credentials[0])
  await servers.at(0).config('SET', 'requirepass', 'secret')
  await servers.at(0).client('KILL', 'TYPE', 'REPLICA')
  const before = await redeemAll(store, credentials)
  await servers.at(1).replicaof('NO', 'ONE')
  const after = await redeemAll(servers.storeAt(replica!), credentials)
  return { before: before.redeemed, after: after.redeemed, errors: before.errors }
}

async function redeemAll(store: RedisStore, credentials: Credential[]) {
  const outcomes = await Promise.allSettled(
    credentials.map((one) => store.redeem(one, successors())),
  )
  const errors = outcomes.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as Error).message] : [],
  )
  const redeemed = outcomes.filter(
    (one) => one.status === 'fulfilled' && one.value.status === 'redeemed',
  )
  return { redeemed: redeemed.length, errors }
}
