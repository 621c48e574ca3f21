import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { authorizationRequest, demo, signIn } from './support/flow'
import { startProvider } from './support/program'
import { tokens } from './support/tokens'
import { Visitor } from './support/visitor'

function folder() {
  const place = mkdtempSync(path.join(tmpdir(), 'provider-'))
  return {
    file: path.join(place, 'snapshot'),
    [Symbol.dispose]: () => rmSync(place, { recursive: true }),
  }
}

const { username, password } = demo
const byPassword = { grant_type: 'password', username, password }

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends the program with 0', async (signal) => {
    const { program } = await startProvider()
    expect(await program.stop(signal)).toBe(0)
  })

  it('sent twice ends it with 0, too', async () => {
    const { program, url } = await startProvider()
    // A request in progress keeps it from ending before the second signal.
    const socket = connect(Number(new URL(url).port), 'localhost')
    socket.on('error', () => {})
    const headers = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n'
    socket.write(`POST /oauth/token HTTP/1.1\r\nHost: x\r\n${headers}Expect: 100-continue\r\n\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(String(answer)).toContain('100 Continue')
    const [first] = await Promise.all([program.stop('SIGINT'), program.stop('SIGTERM')])
    expect(first).toBe(0)
    socket.destroy()
  })

  it('ends it promptly despite an open connection with half a request', async () => {
    const { program, url } = await startProvider()
    const socket = connect(Number(new URL(url).port), 'localhost')
    socket.on('error', () => {})
    await new Promise((resolve) =>
      socket.write('POST /oauth/token HTTP/1.1\r\nHost: x\r\n', resolve),
    )
    // Not null: it was not killed.
    expect(await program.stop()).toBe(0)
    socket.destroy()
  })
})

describe('STORE_FILE', () => {
  it('keeps the grants across a restart: an earlier refresh token still refreshes', async () => {
    using place = folder()
    // Both use one issuer, because the grant is bound to it.
    const environment = { STORE_FILE: place.file, ISSUER: 'http://localhost:3000' }
    const first = await startProvider(environment)
    const before = await tokens(first.url, byPassword)
    expect(await first.program.stop()).toBe(0)

    await using second = await startProvider(environment)
    const { refresh_token } = before
    const after = await tokens(second.url, { grant_type: 'refresh_token', refresh_token })
    expect(after.status).toBe(200)
    expect(after.refresh_token).not.toBe(refresh_token)
  })

  it('does not keep the demo data: the current environment applies', async () => {
    using place = folder()
    const first = await startProvider({ STORE_FILE: place.file })
    await first.program.stop()
    const changed = { DEMO_PASSWORD: 'another-password', STORE_FILE: place.file }
    await using second = await startProvider(changed)
    expect(await tokens(second.url, byPassword)).toMatchObject({ error: 'invalid_grant' })
    const answer = await tokens(second.url, { ...byPassword, password: 'another-password' })
    expect(answer.status).toBe(200)
  })

  it('contains no password, secret or token', async () => {
    using place = folder()
    const { program, url } = await startProvider({ STORE_FILE: place.file })
    const { refresh_token } = await tokens(url, byPassword)
    await program.stop()
    const text = readFileSync(place.file, 'utf8')
    expect(text).toContain(demo.clientId)
    for (const secret of [password, demo.clientSecret, refresh_token]) {
      expect(text).not.toContain(secret)
    }
  })
})

describe('REFRESH_GRACE', () => {
  it.each([
    ['unset: a repeated refresh gets the same response', {}, true],
    ['0: a repeated refresh is refused', { REFRESH_GRACE: '0' }, false],
  ])('%s', async (_, environment: Record<string, string>, same) => {
    await using provider = await startProvider(environment)
    const { refresh_token } = await tokens(provider.url, byPassword)
    const again = { grant_type: 'refresh_token', refresh_token }
    const first = await tokens(provider.url, again)
    const second = await tokens(provider.url, again)
    expect(second.status).toBe(same ? 200 : 400)
    expect(second.refresh_token === first.refresh_token).toBe(same)
  })
})

describe('sessions', () => {
  it('end with a restart, and an earlier consent form is refused with 403', async () => {
    const first = await startProvider()
    const visitor = new Visitor(first.url)
    const page = await signIn(visitor, authorizationRequest(first.url).url)
    await first.program.stop()
    await using second = await startProvider()
    const there = new URL(page.url.pathname + page.url.search, second.url)
    const answer = await visitor.submit(page, { decision: 'allow' }, there)
    expect(answer.status).toBe(403)
    expect(answer.html).toContain('Start again')
  })
})
