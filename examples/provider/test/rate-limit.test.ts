import { demo } from './support/flow'
import { startProvider } from './support/program'
import { Visitor } from './support/visitor'

const on = { RATE_LIMIT: 'on' }

interface Sent {
  clientId?: string
  secret?: string
  headers?: Record<string, string>
}

function tokenRequest(
  issuer: string,
  { clientId = demo.clientId, secret = demo.clientSecret, headers = {} }: Sent = {},
): Promise<Response> {
  return fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${clientId}:${secret}`)}`, ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
}

/** Makes calls in sequence, and returns their statuses. */
async function statuses(calls: number, call: () => Promise<{ status: number }>): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < calls; i++) found.push((await call()).status)
  return found
}

/**
 * Makes eleven wrong attempts at the same time, and resolves with the one that is refused: as soon as
 * the others have been counted, however long their slow hashes take. `all` are their statuses.
 */
async function elevenAtOnce<T extends { status: number }>(attempt: () => Promise<T>) {
  const sent = Array.from({ length: 11 }, attempt)
  const all = Promise.all(sent).then((answers) =>
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
  )
  const refused = await Promise.any(
    sent.map(async (answer) => {
      const { status } = await answer
      if (status !== 429) throw new Error(`Not refused: ${status}`)
      return answer
    }),
  )
  return { refused, all }
}

async function signInAs(issuer: string, name: string, secret: string) {
  const visitor = new Visitor(issuer)
  return visitor.submit(await visitor.get('/sign-in'), { username: name, password: secret })
}

describe('RATE_LIMIT', () => {
  const { username, password } = demo

  it('allows ten wrong passwords of a user per minute, and then sends Retry-After', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    const { refused, all } = await elevenAtOnce(() => signInAs(url, username, 'wrong'))
    const right = await signInAs(url, username, password)
    for (const { status, headers, html } of [refused, right]) {
      expect(status).toBe(429)
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      expect(html).toContain('Too many attempts')
    }
    expect((await signInAs(url, 'another', 'wrong')).status).toBe(422)
    expect(await all).toEqual([...Array<number>(10).fill(422), 429])
  })

  it('counts passwords on the page and at the token endpoint together', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    const { all } = await elevenAtOnce(() => signInAs(url, username, 'wrong'))
    const headers = { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` }
    const body = new URLSearchParams({ grant_type: 'password', username, password })
    const answer = await fetch(`${url}/oauth/token`, { method: 'POST', headers, body })
    expect(answer.status).toBe(429)
    await all
  })

  it('does not count correct passwords', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    const right = () => signInAs(url, username, password)
    expect(new Set(await statuses(11, right))).toEqual(new Set([303]))
  })

  it('allows thirty wrong passwords from one address, for all users together', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    let number = 0
    // No user can have these names, so no password is hashed, which is slow on a busy machine.
    const wrong = () => signInAs(url, `\0${number++}`, 'wrong')
    expect(new Set(await statuses(30, wrong))).toEqual(new Set([422]))
    expect((await wrong()).status).toBe(429)
  })

  it('returns a JSON error for token requests after ten wrong secrets', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    let number = 0
    const wrong = () => tokenRequest(url, { secret: `wrong-${number++}` })
    const { refused, all } = await elevenAtOnce(wrong)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(await refused.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'Too many failed attempts',
    })
    expect(await all).toEqual([...Array<number>(10).fill(401), 429])
  })

  it('F6: does not count clients without a secret, so no other client is locked out', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    let number = 0
    const bogus = () =>
      tokenRequest(url, { clientId: number++ % 2 ? demo.publicClientId : `nobody-${number}` })
    expect(new Set(await statuses(40, bogus))).toEqual(new Set([401]))
    expect((await tokenRequest(url)).status).toBe(200)
  })

  it('does not count token requests that succeed', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    const right = () => tokenRequest(url)
    expect(new Set(await statuses(40, right))).toEqual(new Set([200]))
  })

  it('ignores X-Forwarded-For sent by a client', async () => {
    await using provider = await startProvider(on)
    const { url } = provider
    let claimed = 0
    const wrong = () =>
      tokenRequest(url, {
        secret: `wrong-${claimed++}`,
        headers: { 'X-Forwarded-For': `192.0.2.${claimed}` },
      })
    const { all } = await elevenAtOnce(wrong)
    expect(await all).toEqual([...Array<number>(10).fill(401), 429])
  })

  it('off: refuses no request', async () => {
    await using provider = await startProvider({ RATE_LIMIT: 'off' })
    const { url } = provider
    // No password is hashed for such a name, which is slow on a busy machine.
    const wrong = () => signInAs(url, '\0', 'wrong')
    expect(new Set(await statuses(40, wrong))).toEqual(new Set([422]))
    const secrets = Array.from({ length: 11 }, (_, at) =>
      tokenRequest(url, { secret: `wrong-${at}` }),
    )
    const found = (await Promise.all(secrets)).map(({ status }) => status)
    expect(new Set(found)).toEqual(new Set([401]))
  })
})
