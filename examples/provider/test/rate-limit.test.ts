import { demo } from './support/flow'
import { startProvider } from './support/program'
import { Visitor } from './support/visitor'

const on = { RATE_LIMIT: 'on' }

function tokenRequest(issuer: string, clientId: string, headers = {}): Promise<Response> {
  return fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${clientId}:${demo.clientSecret}`)}`, ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
}

/** The statuses of so many calls, one after the other. */
async function statuses(calls: number, call: () => Promise<{ status: number }>): Promise<number[]> {
  const found: number[] = []
  // oxlint-disable-next-line no-await-in-loop -- the order counts
  for (let i = 0; i < calls; i++) found.push((await call()).status)
  return found
}

describe('RATE_LIMIT', () => {
  it('lets ten attempts to sign in pass in a minute, and says when to come back', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    const attempt = async () => {
      const visitor = new Visitor(url)
      const form = await visitor.get('/sign-in')
      return visitor.submit(form, { username: '', password: '' })
    }
    expect(await statuses(10, attempt)).toEqual(Array(10).fill(422))
    const { status, headers, html } = await attempt()
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(html).toContain('Too many attempts')
  })

  it('refuses further token requests after thirty failed ones, as JSON', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    const wrong = () => tokenRequest(url, 'nobody')
    expect(new Set(await statuses(30, wrong))).toEqual(new Set([401]))
    const refused = await tokenRequest(url, demo.clientId)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(await refused.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'Too many failed requests',
    })
  })

  it('does not count token requests that succeed', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    const right = () => tokenRequest(url, demo.clientId)
    expect(new Set(await statuses(40, right))).toEqual(new Set([200]))
  })

  it('takes no address that a client claims to have', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    let claimed = 0
    const wrong = () => tokenRequest(url, 'nobody', { 'X-Forwarded-For': `192.0.2.${claimed++}` })
    expect((await statuses(31, wrong)).at(-1)).toBe(429)
    expect(provider.program.output).not.toContain('ValidationError')
  })

  it('off: lets everything pass', async () => {
    await using provider = await startProvider({ RATE_LIMIT: 'off' })
    const { url } = provider
    const wrong = () => tokenRequest(url, 'nobody')
    expect(new Set(await statuses(40, wrong))).toEqual(new Set([401]))
  })
})
