import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import type { Context, Created } from '@oauth2-kit/conformance'
import oauthserver, { type Store } from '@oauth2-kit/core'
import { promiseApp } from './app'
import { type Race, type Raced, graceOfRaces } from './racer'
import { newest, promiseServers } from './servers'

/** How the tests open a store. */
export interface StoreUnderTest {
  create: (context: Context) => Promise<Created>
  /** Returns the URL of the database. Undefined if the module knows it from the environment. */
  url?: () => string
  /** The module that has `create`, for the processes of a race. */
  module: string
}

const typescript = path.resolve(__dirname, '../typescript.cjs')
const racer = path.join(__dirname, 'racer.ts')
const callers = 50

/** Tests `toPromiseModel` on a store: flows under every server, and races through two processes. */
export function describePromiseModel({ create, url, module }: StoreUnderTest): void {
  const namespace = `p${randomBytes(6).toString('hex')}`
  let store: Store
  let close: Created['close']

  beforeAll(async () => {
    const context = { namespace, instance: 0, url: url?.(), now: Date.now }
    const created = await create(context)
    store = created.store!
    close = created.close?.bind(created)
  })
  afterAll(() => close?.())

  describe.each(promiseServers)('toPromiseModel(store) under $name', (version) => {
    it('issues, refreshes, checks and revokes tokens', async () => {
      const app = await promiseApp(version, store)
      const { codeForm, grant, refresh, present, signUp, user, client } = app
      const form = await codeForm({ scope: 'read' })
      const first = await grant(form)
      const second = await refresh(first.body['refresh_token'])
      const { status, body } = await present(second.body['access_token'], 'read')
      expect([status, body['user']]).toEqual([200, { id: user.id }])
      expect((await present(second.body['access_token'], 'write')).status).toBe(403)
      // A replay ends the grant.
      expect((await refresh(first.body['refresh_token'])).status).toBe(400)
      expect((await present(second.body['access_token'])).status).toBe(401)
      expect((await grant(form)).status).toBe(400)

      const other = await grant(await signUp())
      const own = await grant({ grant_type: 'client_credentials', scope: 'write' })
      for (const one of [other, own])
        expect((await present(one.body['access_token'], 'write')).status).toBe(200)
      await oauthserver.revokeGrants(store, { clientId: client.client_id })
      for (const one of [other, own])
        expect((await present(one.body['access_token'])).status).toBe(401)
    })

    it('refuses a wrong client, secret and scope', async () => {
      const app = await promiseApp(version, store)
      const other = await promiseApp(version, store)
      const { body } = await app.grant(await app.signUp())
      const refused = [
        await app.refresh(body['refresh_token'], {}, other.client),
        await app.refresh(body['refresh_token'], {}, { ...app.client, client_secret: 'wrong' }),
        await app.grant({ grant_type: 'client_credentials', scope: 'admin' }),
        await app.grant(await app.codeForm(), other.client),
      ]
      expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400])
      await oauthserver.deleteClient(store, app.client.client_id)
      expect((await app.present(body['access_token'])).status).toBe(401)
    })
  })

  describe(`${callers} callers in two processes, under ${newest.name}`, () => {
    let processes: ChildProcess[] = []
    beforeAll(async () => {
      processes = await Promise.all(['1', '2'].map(start))
    })
    afterAll(async () => {
      for (const child of processes) child.disconnect()
      const running = processes.filter(({ exitCode }) => exitCode === null)
      await Promise.all(running.map((child) => once(child, 'exit')))
    })

    /** Sends the same request from all callers at once. Resolves with the responses by their kind. */
    async function race(form: Record<string, string>) {
      const results = await Promise.all(
        processes.map((child) => raced(child, { callers: callers / 2, form })),
      )
      const answers = results.flatMap((result) => result.answers)
      expect(answers).toHaveLength(callers)
      return {
        redeemed: results.reduce((sum, result) => sum + result.redeemed, 0),
        granted: answers.filter(({ status }) => status === 200),
        refused: answers.filter(({ body }) => body['error'] === 'invalid_grant'),
        failed: answers.filter(({ body }) => body['error'] === 'server_error'),
      }
    }

    it('refresh once, and the client remains signed in', async () => {
      const { grant, signUp, present, refresh, client } = await promiseApp(newest, store, {
        options: graceOfRaces,
      })
      const { body } = await grant(await signUp())
      const form = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] as string }
      const { redeemed, granted, refused } = await race({ ...client, ...form })
      expect([redeemed, granted.length, refused.length]).toEqual([1, 1, callers - 1])
      const [tokens] = granted
      expect((await present(tokens!.body['access_token']!)).status).toBe(200)
      expect((await refresh(tokens!.body['refresh_token']!)).status).toBe(200)
    })

    it('redeem a code at most once, and a later one ends its grant', async () => {
      const { codeForm, grant, present, client } = await promiseApp(newest, store)
      const form = await codeForm()
      const { redeemed, granted, refused, failed } = await race({ ...client, ...form })
      // A caller that comes late ends the grant, perhaps before the winner has saved its tokens.
      expect(redeemed).toBeLessThanOrEqual(1)
      expect(granted.length + failed.length).toBe(redeemed)
      expect(refused).toHaveLength(callers - redeemed)
      expect((await grant(form)).status).toBe(400)
      const page = { limit: 9 }
      const { grants } = await store.listGrants({ clientId: client.client_id }, page)
      expect(grants).toEqual([])
      for (const { body } of granted)
        expect((await present(body['access_token']!)).status).toBe(401)
    })
  })

  async function start(instance: string): Promise<ChildProcess> {
    const args = [module, namespace, instance, url?.() ?? '']
    // Jest has a process.env of its own, which a child does not inherit by itself.
    const env = { ...process.env }
    const child = fork(racer, args, { execArgv: ['--require', typescript], env })
    await Promise.race([once(child, 'message'), ended(child)])
    return child
  }
}

async function raced(child: ChildProcess, race: Race): Promise<Raced> {
  const answer = once(child, 'message')
  child.send(race)
  const [result] = (await Promise.race([answer, ended(child)])) as [Raced]
  return result
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null]
  throw new Error(`A process of the race ended with code ${code}`)
}
