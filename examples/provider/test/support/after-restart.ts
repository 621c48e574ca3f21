import { demo } from './flow'
import { startProvider } from './program'
import { tokens } from './tokens'

/** Refreshes at one process, and uses the new token at another, after a restart on that store. */
export async function afterRestart(store: Record<string, string>) {
  const { username, password } = demo
  // All of them use one issuer, because a token is bound to it.
  const environment = { ...store, ISSUER: 'http://localhost:3000' }
  const before = await startProvider(environment)
  const first = await tokens(before.url, { grant_type: 'password', username, password })
  expect(await before.program.stop()).toBe(0)
  await using after = await startProvider(environment)
  await using another = await startProvider(environment)
  const { refresh_token } = first
  const second = await tokens(after.url, { grant_type: 'refresh_token', refresh_token })
  const headers = { Authorization: `Bearer ${second.access_token}` }
  const answer = await fetch(`${another.url}/api/me`, { headers })
  const user: unknown = await answer.json()
  return { user, output: after.program.output }
}
