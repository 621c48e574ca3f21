import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { allRun } from '../../../test/support/growth'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'
import { Program, startProvider } from './support/program'
import { tokens } from './support/tokens'

const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-provider-'))
const here = { STORE: 'prisma', DATABASE_URL: pathToFileURL(path.join(folder, 'provider.db')).href }
// A token is bound to the issuer, so the issuer must not depend on the port.
const environment = { ...here, ISSUER: 'http://localhost:3000' }

beforeAll(() => {
  const prepare = path.resolve(__dirname, '../prisma/prepare.cjs')
  // `prisma generate` downloads an engine that it does not use, unless this names any file.
  const engine = process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath
  const env = { ...process.env, ...environment, PRISMA_SCHEMA_ENGINE_BINARY: engine }
  execFileSync(process.execPath, [prepare], { env, stdio: 'inherit' })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('with STORE=prisma', () => {
  // The pages are the same on every store; those of SQL and Redis run them every time.
  if (allRun) browserScenarios(() => here)

  it('a token opens the API after a restart', async () => {
    let token: string
    {
      await using provider = await startProvider(environment)
      const { username, password } = demo
      const form = { grant_type: 'password', username, password, scope: 'profile' }
      ;({ access_token: token } = await tokens(provider.url, form))
    }
    await using provider = await startProvider(environment)
    const me = await fetch(`${provider.url}/api/me`, {
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(me.status).toBe(200)
    expect(await me.json()).toMatchObject({ username: 'demo' })
  })

  it('a database without the tables is reported in one line', async () => {
    const DATABASE_URL = pathToFileURL(path.join(folder, 'empty.db')).href
    await using program = new Program('provider', { ...environment, DATABASE_URL })
    expect(await program.exit).toBe(1)
    expect(program.output).toContain(
      'DATABASE_URL: The table of the model "oAuthCredential" is missing',
    )
    expect(program.output.trim().split('\n')).toHaveLength(1)
  })
})
