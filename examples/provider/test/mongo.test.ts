import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'
import { Program, startProvider } from './support/program'
import { tokens } from './support/tokens'

describeDatabase('mongodb', (database) => {
  let mine: Isolated
  beforeAll(async () => {
    mine = await database.isolated()
  }, 180_000)
  afterAll(() => mine?.drop())

  it('STORE=mongo keeps the grants over a restart, and in another process', async () => {
    // One issuer for all of them: a token is for that.
    const ISSUER = 'http://localhost:3000'
    const environment = { STORE: 'mongo', DATABASE_URL: mine.url, ISSUER }
    const before = await startProvider(environment)
    const { username, password } = demo
    const first = await tokens(before.url, { grant_type: 'password', username, password })
    expect(await before.program.stop()).toBe(0)
    await using after = await startProvider(environment)
    await using another = await startProvider(environment)
    const { refresh_token: old } = first
    const second = await tokens(after.url, { grant_type: 'refresh_token', refresh_token: old })
    const headers = { Authorization: `Bearer ${second.access_token}` }
    const answer = await fetch(`${another.url}/api/me`, { headers })
    expect(await answer.json()).toMatchObject({ username })
    expect(after.program.output).not.toContain('MongoDB:')
  }, 180_000)

  browserScenarios(() => ({ STORE: 'mongo', DATABASE_URL: mine.url }))
})

it('STORE=mongo without a MongoDB says so, and ends', async () => {
  const environment = { STORE: 'mongo', DATABASE_URL: 'mongodb://127.0.0.1:1/test' }
  const program = new Program('provider', environment)
  expect(await program.exit).toBe(1)
  expect(program.output).toContain('DATABASE_URL: MongoDB does not answer there')
}, 120_000)
