import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Running } from '../../../test/support/programs'

const folder = path.join(__dirname, '..')
const steps = ['1-before.js', '2-package-changed.js', '3-on-a-store.js']
const redirectUri = 'http://127.0.0.1:4000/callback'
const authorization = `Basic ${Buffer.from('album:album-secret').toString('base64')}`

let programs: Running[]
let urls: string[]

beforeAll(async () => {
  programs = steps.map((step) => new Running(path.join(folder, step), folder))
  urls = await Promise.all(programs.map((program) => program.url()))
})

afterAll(() => Promise.all(programs.map((program) => program[Symbol.asyncDispose]())))

interface Answer {
  status: number
  access_token: string
  refresh_token: string
  error?: string
}

/** Sends the same request to the program of every step. */
function everywhere<T>(ask: (url: string, at: number) => Promise<T>): Promise<T[]> {
  return Promise.all(urls.map(ask))
}

async function token(url: string, form: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams(form)
  const headers = { Authorization: authorization }
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', headers, body })
  return { status: answer.status, ...((await answer.json()) as Omit<Answer, 'status'>) }
}

/** Returns the user of the token, or the status of the refusal. */
async function me(url: string, accessToken: string): Promise<unknown> {
  const headers = { Authorization: `Bearer ${accessToken}` }
  const answer = await fetch(`${url}/api/me`, { headers })
  return answer.ok ? ((await answer.json()) as { id: unknown }).id : answer.status
}

/** Gets a code, and returns the form that redeems it. The first two programs ignore PKCE. */
async function code(url: string) {
  const verifier = randomBytes(32).toString('base64url')
  const target = new URL('/oauth/authorise', url)
  target.search = new URLSearchParams({
    response_type: 'code',
    client_id: 'album',
    redirect_uri: redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const body = new URLSearchParams({ allow: 'yes' })
  const answer = await fetch(target, { method: 'POST', body, redirect: 'manual' })
  const { searchParams } = new URL(answer.headers.get('location') ?? '')
  return {
    grant_type: 'authorization_code',
    code: searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: verifier,
  }
}

const password = { grant_type: 'password', username: 'ada', password: 'engine' }

describe('a program of 2.4, step by step', () => {
  it('changes one line in the first step', () => {
    const [before = [], after = []] = steps.map((step) =>
      readFileSync(path.join(folder, step), 'utf8').split('\n'),
    )
    expect(after).toHaveLength(before.length)
    expect(after.filter((line, at) => line !== before[at])).toEqual([
      "const oauthserver = require('@oauth2-kit/core')",
    ])
  })

  it('issues tokens of the user for a password in every step', async () => {
    const users = await everywhere(async (url) =>
      me(url, (await token(url, password)).access_token),
    )
    expect(users).toEqual(['17', '17', '17'])
  })

  it('issues tokens for a code in every step, and refreshes them', async () => {
    const users = await everywhere(async (url) => {
      const first = await token(url, await code(url))
      const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
      return me(url, (await token(url, form)).access_token)
    })
    expect(users).toEqual(['17', '17', '17'])
  })

  it('refuses a wrong password with the same error in every step', async () => {
    const answers = await everywhere((url) => token(url, { ...password, password: 'wrong' }))
    expect(answers.map(({ status, error }) => [status, error])).toEqual(
      steps.map(() => [400, 'invalid_grant']),
    )
  })

  it('redeems a code twice until it uses a store', async () => {
    const statuses = await everywhere(async (url) => {
      const form = await code(url)
      await token(url, form)
      return (await token(url, form)).status
    })
    expect(statuses).toEqual([200, 200, 400])
  })

  it('accepts an old refresh token until it uses a store', async () => {
    const statuses = await everywhere(async (url) => {
      const first = await token(url, password)
      const refresh = (refresh_token: string) =>
        token(url, { grant_type: 'refresh_token', refresh_token })
      const second = await refresh(first.refresh_token)
      await refresh(second.refresh_token)
      return (await refresh(first.refresh_token)).status
    })
    expect(statuses).toEqual([200, 200, 400])
  })
})
