import {
  type StartedDatabase,
  describeDatabase,
  startDatabase,
} from '@oauth2-kit/conformance/databases'
import { afterRestart } from './support/after-restart'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'
import { Program, startProvider } from './support/program'

/** Sends a wrong secret, and returns the status. */
async function wrongSecret(issuer: string): Promise<number> {
  const headers = { Authorization: `Basic ${btoa(`${demo.clientId}:wrong-secret`)}` }
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  return (await fetch(`${issuer}/oauth/token`, { method: 'POST', headers, body })).status
}

describeDatabase('redis', () => {
  let server: StartedDatabase
  beforeAll(async () => {
    server = await startDatabase('redis')
  })
  afterAll(() => server?.stop())

  const here = () => ({ STORE: 'redis', DATABASE_URL: server.url })

  it('STORE=redis keeps the grants across a restart, and in another process', async () => {
    const { user } = await afterRestart(here())
    expect(user).toMatchObject({ username: demo.username })
  })

  it('STORE=redis counts wrong secrets for all processes together', async () => {
    const environment = { ...here(), RATE_LIMIT: 'on' }
    await using one = await startProvider(environment)
    await using another = await startProvider(environment)
    const found: number[] = []
    for (let at = 0; at < 11; at++) found.push(await wrongSecret((at % 2 ? one : another).url))
    expect(found).toEqual([...Array<number>(10).fill(401), 429])
  })

  browserScenarios(here)
})

it('STORE=redis reports that Redis is not available, and exits', async () => {
  await using program = new Program('provider', {
    STORE: 'redis',
    DATABASE_URL: 'redis://127.0.0.1:1',
  })
  expect(await program.exit).toBe(1)
  expect(program.output).toContain('DATABASE_URL: Redis does not answer there')
})
