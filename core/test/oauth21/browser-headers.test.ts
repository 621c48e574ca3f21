import type { RequestListener } from 'node:http'
import request from 'supertest'
import { expresses } from '../support/express'
import { layers } from '../support/layers'
import {
  about,
  authorizationRequest,
  authorize,
  exchange,
  getCode,
  me,
  provider,
  refusal,
} from '../support/provider'

const app = 'https://app.example'
const metadata = '/.well-known/oauth-authorization-server'
const called = ['/oauth/token', '/oauth/revoke', metadata]

const preflight = (listener: RequestListener, path: string, origin = app) =>
  request(listener).options(path).set({ Origin: origin, 'Access-Control-Request-Method': 'POST' })

describe.each(layers)('headers for browsers on $version', ({ layer }) => {
  it('security 37: the pages of the authorization endpoint cannot be framed', async () => {
    const at = await provider({ layer })
    const { headers } = await authorize(at, { client_id: 'nobody' }).set('Accept', 'text/html')
    expect(headers['x-frame-options']).toBe('DENY')
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    const redirect = await authorize(at, authorizationRequest(at.web).parameters)
    expect(redirect.headers['x-frame-options']).toBe('DENY')
  })

  it('security 37: by default, only the metadata allows other origins, and any of them', async () => {
    const at = await provider({ layer })
    const read = await request(at.app).get(metadata).set('Origin', app)
    expect(read.headers['access-control-allow-origin']).toBe('*')
    expect(read.headers).not.toHaveProperty('access-control-allow-credentials')
    const others = called.filter((path) => path !== metadata)
    for (const path of [...others, '/oauth/introspect', '/oauth/authorize']) {
      const answers = [
        await preflight(at.app, path),
        await request(at.app).get(path).set('Origin', app),
      ]
      for (const { headers } of answers) {
        expect(headers).not.toHaveProperty('access-control-allow-origin')
      }
    }
  })

  it('security 37: configured origins may call token and revocation', async () => {
    const at = await provider({ layer }, { routes: { cors: [app, 'http://localhost:5173'] } })
    for (const path of called.filter((one) => one !== metadata)) {
      const answer = await preflight(at.app, path)
      expect(answer.status).toBe(204)
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': app,
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'Authorization, Content-Type',
        vary: 'Origin, Access-Control-Request-Headers',
      })
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
    }
  })

  it('security 37, real clients 6: configured origins can read responses and errors', async () => {
    const at = await provider({ layer }, { routes: { cors: [app] } })
    const code = await getCode(at, at.spa)
    const answers = [
      await exchange(at, at.spa, code).set('Origin', app),
      await exchange(at, at.spa, code).set('Origin', app),
      await about('revoke', at, at.spa, 'x').set('Origin', app),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200])
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBe(app)
      expect(headers['access-control-expose-headers']).toContain('WWW-Authenticate')
    }
  })

  it('security 37: other origins get no CORS headers, and Vary keeps caches correct', async () => {
    const at = await provider({ layer }, { routes: { cors: [app] } })
    for (const origin of [
      'https://evil.example',
      `${app}.evil.example`,
      'null',
      'https://APP.example',
    ]) {
      const { headers } = await request(at.app).get('/oauth/token').set('Origin', origin)
      expect(headers).not.toHaveProperty('access-control-allow-origin')
      expect(headers['vary']).toBe('Origin')
    }
  })

  it('security 37: introspection and authorization never send CORS headers', async () => {
    const at = await provider({ layer }, { routes: { cors: true } })
    for (const path of ['/oauth/introspect', '/oauth/authorize']) {
      const { headers } = await preflight(at.app, path)
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    }
    const redirect = authorize(at, authorizationRequest(at.web).parameters).set('Origin', app)
    expect((await redirect).headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('cors: true allows every origin', async () => {
    const at = await provider({ layer }, { routes: { cors: true } })
    const { headers } = await request(at.app).get(metadata).set('Origin', 'https://any.example')
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers).not.toHaveProperty('vary')
  })

  it.each(['X-Requested-With', 'MCP-Protocol-Version', 'traceparent, authorization,x-a'])(
    'a preflight allows the headers that it asks for: %s',
    async (headers) => {
      const at = await provider({ layer }, { routes: { cors: [app] } })
      for (const path of called) {
        const asking = preflight(at.app, path).set('Access-Control-Request-Headers', headers)
        expect((await asking).headers['access-control-allow-headers']).toBe(headers)
      }
    },
  )

  it.each(['a b', 'x:y', ','.repeat(9), 'x'.repeat(1001)])(
    'a preflight does not repeat what is no list of headers: %j',
    async (headers) => {
      const at = await provider({ layer }, { routes: { cors: [app] } })
      const asking = preflight(at.app, '/oauth/token').set(
        'Access-Control-Request-Headers',
        headers,
      )
      expect((await asking).headers['access-control-allow-headers']).toBe(
        'Authorization, Content-Type',
      )
    },
  )

  it('cors may be a function, and only true allows', async () => {
    const seen: string[] = []
    const cors = (origin: string) => {
      seen.push(origin)
      if (origin === 'https://async.example') return Promise.resolve(true) as never
      return /^https:\/\/[a-z0-9-]+\.example$/.test(origin)
    }
    const at = await provider({ layer }, { routes: { cors } })
    const allowed = async (origin: string) => {
      const { headers } = await preflight(at.app, '/oauth/token', origin)
      return headers['access-control-allow-origin']
    }
    expect(await allowed('https://pr-7.example')).toBe('https://pr-7.example')
    expect(await allowed('https://pr-7.example.evil')).toBeUndefined()
    expect(await allowed('https://async.example')).toBeUndefined()
    expect(seen).toContain('https://pr-7.example')
  })

  it('real clients 6: a script can read the challenge of an API that refuses it', async () => {
    const at = await provider({ layer })
    const { headers } = await me(at, 'wrong').set('Origin', app)
    expect(headers['access-control-expose-headers']).toBe('WWW-Authenticate')
  })

  it('OPTIONS without CORS is refused like any other wrong method', async () => {
    const at = await provider({ layer })
    expect(refusal(await preflight(at.app, '/oauth/token'))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })
})

describe.each(expresses)('in an app that sets its own headers, on $version', ({ express }) => {
  const page = (csp?: string) =>
    provider(express, {
      before: [
        (_req, res, next) => {
          res.set('Access-Control-Allow-Origin', '*')
          res.set('Access-Control-Expose-Headers', 'X-Total')
          if (csp) res.set('Content-Security-Policy', csp)
          next()
        },
      ],
      decider: {
        authenticate: () => ({ id: 'ada' }),
        consent(_req, res) {
          res.end('May it?')
          return null
        },
      },
    })

  it('security 37: a page of the application cannot be framed and has no CORS header', async () => {
    const at = await page()
    const { text, headers } = await authorize(at, authorizationRequest(at.web).parameters)
    expect(text).toBe('May it?')
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'content-security-policy': "frame-ancestors 'none'",
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })

  it("keeps the application's own policy", async () => {
    const at = await page("default-src 'self'")
    const { headers } = await authorize(at, authorizationRequest(at.web).parameters)
    expect(headers['content-security-policy']).toBe("default-src 'self'")
    expect(headers['x-frame-options']).toBe('DENY')
  })

  it('exposes the challenge in addition to the headers that the application exposes', async () => {
    const at = await page()
    const { headers } = await me(at, 'wrong')
    expect(headers['access-control-allow-origin']).toBe('*')
    expect(headers['access-control-expose-headers']).toBe('X-Total, WWW-Authenticate')
  })
})
