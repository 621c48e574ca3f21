import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'
import { startProvider } from './support/program'
import { tokens } from './support/tokens'

const { username, password } = demo

/** Who may refresh at one process, and use the new token at another, after a restart. */
async function userAfterRestart(url: string): Promise<unknown> {
  // One issuer for all of them: a token is for that.
  const ISSUER = 'http://localhost:3000'
  const environment = { STORE: 'typeorm', DATABASE_URL: url, ISSUER }
  const before = await startProvider(environment)
  const first = await tokens(before.url, { grant_type: 'password', username, password })
  expect(await before.program.stop()).toBe(0)
  await using after = await startProvider(environment)
  await using another = await startProvider(environment)
  const { refresh_token } = first
  const second = await tokens(after.url, { grant_type: 'refresh_token', refresh_token })
  const headers = { Authorization: `Bearer ${second.access_token}` }
  const answer = await fetch(`${another.url}/api/me`, { headers })
  return answer.json()
}

for (const name of ['postgres', 'mariadb'] as const) {
  describeDatabase(name, (database) => {
    let mine: Isolated
    beforeAll(async () => {
      mine = await database.isolated()
    }, 180_000)
    afterAll(() => mine?.drop())

    it('STORE=typeorm keeps the grants over a restart, and in another process', async () => {
      expect(await userAfterRestart(mine.url)).toMatchObject({ username })
    }, 180_000)

    // What differs between the two, the suite for stores tells: one of them is enough here.
    if (name === 'mariadb') {
      browserScenarios(() => ({ STORE: 'typeorm', DATABASE_URL: mine.url }))
    }
  })
}

describe('sqlite', () => {
  it('STORE=typeorm keeps the grants over a restart, and in another process', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-provider-'))
    try {
      const url = `sqlite:${path.join(folder, 'oauth.sqlite')}`
      expect(await userAfterRestart(url)).toMatchObject({ username })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 180_000)
})
