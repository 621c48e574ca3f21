import { describeDatabase, startDatabase } from '@oauth2-kit/conformance/databases'
import { demo } from './support/flow'
import { Program, startProvider } from './support/program'

async function tokens(issuer: string, parameters: Record<string, string>) {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` },
    body: new URLSearchParams(parameters),
  })
  return (await response.json()) as { access_token: string; refresh_token: string }
}

const { username, password } = demo

describeDatabase('redis', () => {
  it('STORE=redis keeps the grants over a restart, and in another process', async () => {
    const { url, ...server } = await startDatabase('redis')
    try {
      // One issuer for all of them: a token is for that.
      const ISSUER = 'http://localhost:3000'
      const environment = { STORE: 'redis', DATABASE_URL: url, ISSUER }
      const before = await startProvider(environment)
      const first = await tokens(before.url, { grant_type: 'password', username, password })
      expect(await before.program.stop()).toBe(0)
      await using after = await startProvider(environment)
      await using another = await startProvider(environment)
      const { refresh_token: old } = first
      const second = await tokens(after.url, { grant_type: 'refresh_token', refresh_token: old })
      const headers = { Authorization: `Bearer ${second.access_token}` }
      const answer = await fetch(`${another.url}/api/me`, { headers })
      expect(await answer.json()).toMatchObject({ username })
    } finally {
      await server.stop()
    }
  }, 60_000)
})

it('STORE=redis without a Redis says so, and ends', async () => {
  const program = new Program('provider', { STORE: 'redis', DATABASE_URL: 'redis://127.0.0.1:1' })
  expect(await program.exit).toBe(1)
  expect(program.output).toContain('DATABASE_URL: Redis does not answer there')
})
