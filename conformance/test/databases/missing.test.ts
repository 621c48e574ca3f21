import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runJest } from './run-jest'

/** The container runtime accepts connections, and never answers. */
describe('a run without a database that its tests need', () => {
  let folder: string
  let runtime: Server
  let onThisMachine: NodeJS.ProcessEnv

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-runtime-'))
    const socket = path.join(folder, 'socket')
    runtime = createServer(() => {}).unref()
    await new Promise<void>((resolve) => runtime.listen(socket, resolve))
    onThisMachine = { DOCKER_HOST: `unix://${socket}`, OAUTH2_TEST_RUNTIME_TIMEOUT: '1000' }
  })

  afterAll(() => {
    runtime.close()
    rmSync(folder, { recursive: true })
  })

  it('skips the tests, counts them and prints a notice', async () => {
    const { status, output } = await runJest('needs-postgres', onThisMachine)
    expect(output).toContain('*** SKIPPED: every test on postgres. ***')
    expect(output).toContain('OAUTH2_TEST_POSTGRES_URL is not set')
    expect(output).toContain('no container runtime answered within 1000 ms')
    expect(output).toContain('0 passed, 0 failed, 1 skipped')
    expect(status).toBe(0)
  })

  it.each([
    ['all', 1],
    ['redis, postgres', 1],
    ['redis', 0],
  ])(
    'with OAUTH2_TEST_REQUIRE=%s: exits with %i',
    async (required, expected) => {
      const { status, output } = await runJest('needs-postgres', {
        ...onThisMachine,
        OAUTH2_TEST_REQUIRE: required,
      })
      expect(output).toContain('"postgres" is missing')
      expect(output).toContain(`0 passed, ${expected} failed`)
      expect(status).toBe(expected)
    },
    180_000,
  )

  it('runs the tests if the environment names the database', async () => {
    const { status, output } = await runJest('needs-postgres', {
      ...onThisMachine,
      OAUTH2_TEST_POSTGRES_URL: 'postgres://localhost/mine',
    })
    expect(output).toContain('1 passed, 0 failed')
    expect(status).toBe(0)
  })
})
