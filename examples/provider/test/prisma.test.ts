import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'
import { Program, startProvider } from './support/program'
import { tokens } from './support/tokens'

const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-provider-'))
const here = { STORE: 'prisma', DATABASE_URL: pathToFileURL(path.join(folder, 'provider.db')).href }
// A token is for the issuer, whichever port the process has got.
const environment = { ...here, ISSUER: 'http://localhost:3000' }

jest.setTimeout(180_000)

beforeAll(() => {
  const prepare = path.resolve(__dirname, '../prisma/prepare.cjs')
  // Generating needs no engine, but looks for one, and would download it: any file will do.
  const engine = process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath
  const env = { ...process.env, ...environment, PRISMA_SCHEMA_ENGINE_BINARY: engine }
  execFileSync(process.execPath, [prepare], { env, stdio: 'inherit' })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('with STORE=prisma', () => {
  browserScenarios(() => here)

  it('a token that was issued opens the API, also after a restart', async () => {
    let token: string
    {
      await using provider = await startProvider(environment)
      const { username, password } = demo
      const asked = { grant_type: 'password', username, password, scope: 'profile' }
      ;({ access_token: token } = await tokens(provider.url, asked))
    }
    await using provider = await startProvider(environment)
    const me = await fetch(`${provider.url}/api/me`, {
      headers: { Authorization: `Bearer ${token}` },
    })
    expect(me.status).toBe(200)
    expect(await me.json()).toMatchObject({ username: 'demo' })
  })

  it('a database without the tables is a message in one line', async () => {
    const DATABASE_URL = pathToFileURL(path.join(folder, 'empty.db')).href
    await using program = new Program('provider', { ...environment, DATABASE_URL })
    expect(await program.exit).toBe(1)
    expect(program.output).toContain(
      'DATABASE_URL: The table of the model "oAuthCredential" is missing',
    )
    expect(program.output.trim().split('\n')).toHaveLength(1)
  })
})
