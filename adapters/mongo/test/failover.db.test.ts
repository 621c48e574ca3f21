import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Credential, NewCredential, Redemption, Store } from '@oauth2-kit/core'
import oauthserver, { createClient, createServer } from '@oauth2-kit/core'
import { type StartedDatabase, startDatabase } from '@oauth2-kit/conformance/databases'
import { mongoStore } from '@oauth2-kit/mongo'
import express from 'express'
import { MongoClient, type TopologyDescription } from 'mongodb'
import { createConnection } from 'mongoose'
import { drill, tell } from '../../../test/support/drill'
import { aCredential, aGrant, refOf } from '@oauth2-kit/testing'
import type { GrantDocument } from '../src/schema'
import { primaryOf, signal } from './support/mongod'
import { startTimeout } from './support/opened'

const callers = 50
/** The timeout of the core for a call. An election starts 10 seconds after the last heartbeat. */
const deadlineMs = 3000
/** Time for an election and for the retries after it, on a busy machine. */
const patienceMs = 120_000
/** Rotations of each caller, before and after the primary is killed. */
const rotations = { before: 3, after: 5 }

// With a separate replica set, as the test kills its primary.
drill('mongodb-replica', () => {
  let server: StartedDatabase
  beforeAll(async () => {
    server = await startDatabase('mongodb-replica')
  }, startTimeout)
  const closing: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    await Promise.allSettled(closing.map((close) => close()))
    await server?.stop()
  })

  it('killing the primary under load loses no grant and redeems no credential twice', async () => {
    const client = new MongoClient(server.url)
    const connection = createConnection(server.url)
    const stores = [mongoStore(client.db()), mongoStore(connection)]
    await stores[0]!.createIndexes()
    const app = await tokenEndpoint(stores[0]!)
    closing.push(
      app.close,
      () => connection.close(),
      () => client.close(),
    )
    let known: TopologyDescription | undefined
    client.on('topologyDescriptionChanged', ({ newDescription }) => (known = newDescription))
    let killedAt = Infinity
    const failures: number[] = []
    const busy = new EventEmitter()
    let started = 0

    /** Repeats the same attempt after each failure until it succeeds. */
    async function retryCall<T>(what: string, call: () => Promise<T>): Promise<T> {
      const end = performance.now() + patienceMs
      for (;;) {
        const since = performance.now()
        try {
          return await withTimeout(call())
        } catch (error) {
          failures.push(performance.now() - since)
          if (performance.now() > end) throw tooLate(what, known, error)
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    }

    /** Issues a grant and rotates it, each time against a concurrent rival. */
    async function caller(n: number) {
      const [store, rivals] = [stores[n % 2]!, stores[(n + 1) % 2]!]
      const grant = aGrant()
      const first = aCredential()
      await issueWithRetries(store, retryCall, grant, first)
      let current: Credential = { ...first, grant: refOf(grant) }
      const acknowledged: NewCredential[] = [first]
      let afterwards = 0
      for (let turn = 0; afterwards < rotations.after; turn++) {
        if (turn === rotations.before && ++started === callers) busy.emit('all')
        if (performance.now() > killedAt) afterwards++
        const attempts = [[aCredential()], [aCredential(), aCredential({ kind: 'access' })]]
        const outcomes: Redemption[] = await Promise.all([
          retryCall('a rotation', () => store.redeem(current, attempts[0]!)),
          retryCall('the rotation of a rival', () => rivals.redeem(current, attempts[1]!)),
        ])
        expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['redeemed', 'replayed'])
        const won = attempts[outcomes.findIndex(({ status }) => status === 'redeemed')]!
        acknowledged.push(won[0]!)
        current = { ...won[0]!, grant: current.grant }
      }
      return { grant, acknowledged }
    }

    const allBusy = once(busy, 'all')
    const calling = Promise.all(Array.from({ length: callers }, (_, n) => caller(n)))
    calling.catch(() => {})
    await Promise.race([allBusy, calling])
    const before = await primaryOf(client)
    await signal(server, before, 'KILL')
    killedAt = performance.now()
    const answers = [await app.requestToken()]
    while (answers.at(-1)!.status !== 200 || answers.length < 3) {
      answers.push(await app.requestToken())
      if (performance.now() - killedAt > patienceMs) throw tooLate('a token', known, answers.at(-1))
    }
    const outageMs = performance.now() - killedAt
    const issuedGrants = await calling

    // An outage is a 503 in bounded time, and never an invalid client or token.
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
    const outages = answers.filter(({ status }) => status === 503)
    expect(outages.length).toBeGreaterThan(0)
    expect(outages.filter(({ retryAfter }) => retryAfter === null)).toEqual([])
    expect(failures.length).toBeGreaterThan(0)
    expect(await primaryOf(client)).not.toBe(before)
    const grants = client.db().collection<GrantDocument>('oauth_grants')
    for (const { grant, acknowledged } of issuedGrants) {
      const document = await grants.findOne({ _id: grant.id })
      const chain = [acknowledged[0]!.hash]
      for (let hash = chain[0]; hash;) {
        hash = document?.credentials.find((row) => row.hash === hash)?.by
        if (hash) chain.push(hash)
      }
      expect(chain).toEqual(acknowledged.map(({ hash }) => hash))
      // One live refresh token: no second chain beside it.
      const live = document?.credentials.filter(({ by, kind }) => !by && kind === 'refresh')
      expect(live?.map(({ hash }) => hash)).toEqual([acknowledged.at(-1)!.hash])
    }
    const all = issuedGrants.reduce((sum, { acknowledged }) => sum + acknowledged.length - 1, 0)
    const longest = Math.max(...failures, ...answers.map(({ ms }) => ms))
    tell(`mongodb-replica: tokens again ${Math.round(outageMs)} ms after the primary was killed; ${outages.length} of ${answers.length} requests answered 503;
  ${all} rotations; ${failures.length} calls failed, within ${Math.round(longest)} ms, and succeeded when they were tried again`)
  }, 400_000)
})

/** Issues a grant. An error that the grant exists means that only the reply was lost. */
async function issueWithRetries(
  store: Store,
  retryCall: <T>(what: string, call: () => Promise<T>) => Promise<T>,
  grant: Parameters<Store['issue']>[0],
  credential: NewCredential,
): Promise<void> {
  await retryCall('a grant', () =>
    store.issue(grant, [credential], {}).catch(async (error: Error) => {
      if (!error.message.includes('exists')) throw error
    }),
  )
}

function withTimeout<T>(call: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('No answer in time')), deadlineMs).unref()
  })
  return Promise.race([call, late])
}

/** Returns an error with what was awaited and what the driver knows about the servers. */
function tooLate(what: string, known: TopologyDescription | undefined, cause: unknown): Error {
  const servers = [...(known?.servers.values() ?? [])].map(
    ({ address, type, error }) => `${address}: ${type}${error ? `, ${error.message}` : ''}`,
  )
  return new Error([`Not done in ${patienceMs} ms: ${what}`, ...servers].join('\n'), { cause })
}

/** Starts a token endpoint on the store, with a client for it. */
async function tokenEndpoint(store: Store) {
  const { client, secret } = await createClient(store, { grantTypes: ['client_credentials'] })
  const model = oauthserver({
    model: store,
    grants: ['client_credentials'],
    storeTimeout: deadlineMs,
  })
  const app = express()
  app.post('/token', model.grant())
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const authorization = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`
  return {
    async requestToken() {
      const since = performance.now()
      const { status, headers } = await fetch(`http://127.0.0.1:${port}/token`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      })
      return { status, ms: performance.now() - since, retryAfter: headers.get('retry-after') }
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
