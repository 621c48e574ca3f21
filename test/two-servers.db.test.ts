import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { programFolder, Running } from './support/programs'

// Two servers in processes of their own share a database. What happens once happens once in both together.

const device = 'urn:ietf:params:oauth:grant-type:device_code'
const clientId = 'device-client'
const redirectUri = 'https://client.example.com/callback'
const callers = 20

/** The module that opens the store in a process. */
const modules: Record<'postgres' | 'mariadb' | 'mongodb' | 'redis', string> = {
  postgres: `import { pgStore } from '@oauth2-kit/sql/pg'
import pg from 'pg'
export const store = pgStore(new pg.Pool({ connectionString: process.env.DATABASE_URL }))
export const prepare = () => store.migrate()`,
  mariadb: `import { mysql2Store } from '@oauth2-kit/sql/mysql2'
import { createPool } from 'mysql2/promise'
export const store = mysql2Store(createPool({ uri: process.env.DATABASE_URL }), { timeout: 60000 })
export const prepare = () => store.migrate()`,
  mongodb: `import { mongoStore } from '@oauth2-kit/mongo'
import { MongoClient } from 'mongodb'
export const store = mongoStore(new MongoClient(process.env.DATABASE_URL).db())
export const prepare = () => store.createIndexes()`,
  redis: `import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
export const store = redisStore(new Redis(process.env.DATABASE_URL), { prefix: process.env.DATABASE_PREFIX })
export const prepare = async () => {}`,
}

const server = `import { createServer } from 'node:http'
import oauthserver, { createClient } from '@oauth2-kit/core'
import { prepare, store } from './store.mjs'

if (process.env.PREPARES) {
  await prepare()
  await createClient(store, {
    id: '${clientId}',
    type: 'public',
    grantTypes: ['authorization_code', 'refresh_token', '${device}'],
    redirectUris: ['${redirectUri}'],
    scopes: ['profile'],
  })
}
const oauth = oauthserver({
  model: store,
  issuer: 'http://127.0.0.1:3000',
  grants: ['authorization_code', 'refresh_token', '${device}'],
  storeTimeout: 60_000,
})
createServer(
  oauth.listener({
    authenticate: ({ headers }) => ({ id: headers['x-user'] }),
    consent: ({ headers }) => headers['x-decision'] === 'allow',
    device: (request, response, { step }) => void response.end(step),
  }),
).listen(3000)
`

async function post(url: string, values: Record<string, string>) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(values) })
  return { status: response.status, body: (await response.json()) as Record<string, string> }
}

/** The headers with the signed-in user and the decision. */
function as(user: string, allows: boolean) {
  return { 'x-user': user, 'x-decision': allows ? 'allow' : 'deny' }
}

describe.each(Object.keys(modules) as (keyof typeof modules)[])('two servers on %s', (name) => {
  describeDatabase(name, (database) => {
    const place = programFolder()
    const servers: Running[] = []
    let isolated: Isolated
    let urls: string[]

    beforeAll(async () => {
      isolated = await database.isolated()
      writeFileSync(path.join(place.folder, 'store.mjs'), modules[name])
      const file = path.join(place.folder, 'server.mjs')
      writeFileSync(file, server)
      const environment = {
        DATABASE_URL: isolated.url,
        DATABASE_PREFIX: isolated.namespace,
        NODE_NO_WARNINGS: '1',
      }
      const first = new Running(file, place.folder, { ...environment, PREPARES: 'yes' })
      servers.push(first)
      await first.url()
      servers.push(new Running(file, place.folder, environment))
      urls = await Promise.all(servers.map((one) => one.url()))
    })

    afterAll(async () => {
      for (const one of servers) await one[Symbol.asyncDispose]()
      await isolated?.drop()
      place[Symbol.dispose]()
    })

    /** The same work by many callers at once, half of them at each server. */
    const byAll = <T>(work: (url: string, caller: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: callers }, (_, n) => work(urls[n % 2]!, n)))

    it.each(['allow', 'deny', 'both'])(
      'a device is allowed or denied once, and gets tokens once (%s)',
      async (decisions) => {
        const user = randomUUID()
        for (let round = 0; round < 3; round++) {
          const { body } = await post(`${urls[0]}/oauth/device_authorization`, {
            client_id: clientId,
            scope: 'profile',
          })
          const { device_code = '', user_code = '' } = body
          const poll = (url: string) =>
            post(`${url}/oauth/token`, { grant_type: device, device_code, client_id: clientId })
          const waiting = new Set(['authorization_pending', 'slow_down'])
          const [pages, polls] = await Promise.all([
            byAll(async (url, n) => {
              const allows = decisions === 'both' ? n % 4 < 2 : decisions === 'allow'
              const response = await fetch(`${url}/oauth/device?user_code=${user_code}`, {
                method: 'POST',
                headers: as(user, allows),
              })
              return response.text()
            }),
            byAll(async (url) => {
              for (;;) {
                const { status, body: answer } = await poll(url)
                if (!waiting.has(answer['error'] ?? '')) return { status, ...answer }
              }
            }),
          ])
          const decided = pages.filter((step) => step !== 'unknown')
          expect(decided).toEqual([expect.stringMatching(/^(?:allowed|denied)$/)])
          const granted = polls.filter(({ status }) => status === 200)
          expect(granted).toHaveLength(decided[0] === 'allowed' ? 1 : 0)
          const refused = decided[0] === 'allowed' ? 'invalid_grant' : 'access_denied'
          const others = polls.filter(({ status }) => status !== 200)
          for (const one of others) expect(one).toMatchObject({ error: refused })
        }
      },
    )

    it.each([true, false])('a pushed request is answered once (allowed: %s)', async (allows) => {
      const verifier = randomBytes(32).toString('base64url')
      const { status, body } = await post(`${urls[0]}/oauth/par`, {
        client_id: clientId,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'profile',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      })
      expect(status).toBe(201)
      const request = new URLSearchParams({
        client_id: clientId,
        request_uri: body['request_uri']!,
      })
      const answers = await byAll((url) =>
        fetch(`${url}/oauth/authorize?${request.toString()}`, {
          headers: as(randomUUID(), allows),
          redirect: 'manual',
        }),
      )
      const redirects = answers.map(({ headers }) => headers.get('location')).filter(Boolean)
      expect(redirects).toHaveLength(1)
      expect(answers.filter((one) => one.status === 400)).toHaveLength(callers - 1)
      const sent = new URL(redirects[0]!).searchParams
      expect(sent.get('error')).toBe(allows ? null : 'access_denied')
      if (!allows) return
      const redeemed = await post(`${urls[1]}/oauth/token`, {
        grant_type: 'authorization_code',
        client_id: clientId,
        redirect_uri: redirectUri,
        code: sent.get('code')!,
        code_verifier: verifier,
      })
      expect(redeemed.status).toBe(200)
    })
  })
})
