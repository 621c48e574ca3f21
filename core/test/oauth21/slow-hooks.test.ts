import type { Hooks, Options } from '@oauth2-kit/core'
import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { layers } from '../support/layers'
import {
  askForToken,
  authorizationRequest,
  authorize,
  issuer,
  provider,
  redirected,
  refusal,
  register,
} from '../support/provider'
import { until } from '../support/until'

const allow: Hooks = { authenticate: () => ({ id: 'ada' }), consent: () => true }
const never = () => new Promise<never>(() => {})

beforeEach(() => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setInterval', 'Date', 'performance'],
  })
})
afterEach(() => jest.useRealTimers())

/** Lets 30 seconds pass once a timer of the server runs, and resolves with the response. */
async function afterTheLimit<T>(asking: PromiseLike<T>): Promise<T> {
  const answer = Promise.resolve(asking)
  await until(() => jest.getTimerCount() > 0)
  jest.advanceTimersByTime(30_000)
  return answer
}

const servers = layers.filter(({ version }) => version !== 'fetch')

describe.each(servers)('a hook that takes longer than 30 seconds on $version', ({ layer }) => {
  async function ask(hooks: Partial<Hooks>, differences: Record<string, string> = {}) {
    const debug = jest.fn()
    const at = await provider({ layer }, { decider: { ...allow, ...hooks }, debug })
    const { parameters } = authorizationRequest(at.web, differences)
    const causes = () => debug.mock.calls.map(([error]) => String(error.cause))
    return { asking: authorize(at, parameters), causes }
  }

  it.each(['authenticate', 'consent'])('is a server_error: %s never settles', async (name) => {
    const { asking, causes } = await ask({ [name]: never })
    expect(redirected(await afterTheLimit(asking))).toMatchObject({ error: 'server_error' })
    expect(causes()).toEqual([expect.stringContaining(`The hook "${name}" did not answer within`)])
  })

  it.each(['authenticate', 'consent'])(
    'is a server_error: %s returns null and sends nothing',
    async (name) => {
      const { asking, causes } = await ask({ [name]: async () => null })
      expect(redirected(await afterTheLimit(asking))).toMatchObject({ error: 'server_error' })
      expect(causes()).toEqual([
        expect.stringContaining(`"${name}" returned null, but sent no response within 30 seconds`),
      ])
    },
  )

  it('is not one that sends its page later', async () => {
    let send: (() => void) | undefined
    const { asking, causes } = await ask({
      consent(_req, res) {
        send = () => res.end('the page')
        return null
      },
    })
    const answer = Promise.resolve(asking)
    await until(() => jest.getTimerCount() > 0)
    jest.advanceTimersByTime(29_000)
    send?.()
    expect((await answer).text).toBe('the page')
    await until(() => jest.getTimerCount() === 0)
    expect(causes()).toEqual([])
  })

  it('is not one whose page takes longer to send', async () => {
    let end: (() => void) | undefined
    const { asking, causes } = await ask({
      consent(_req, res) {
        res.write('the ')
        end = () => res.end('page')
        return never()
      },
    })
    const answer = Promise.resolve(asking)
    await until(() => jest.getTimerCount() > 0)
    jest.advanceTimersByTime(31_000)
    end?.()
    expect((await answer).text).toBe('the page')
    expect(causes()).toEqual([])
  })

  it('null with prompt=none is answered at once', async () => {
    const { asking } = await ask({ authenticate: () => null }, { prompt: 'none' })
    expect(redirected(await asking)).toMatchObject({ error: 'login_required' })
  })
})

it.each(['authenticate', 'consent'])(
  'a %s of fetch() that never settles is a 302',
  async (name) => {
    const store = memoryStore()
    const oauth = oauthserver({ store, issuer, debug: false })
    const { parameters } = authorizationRequest(await register(store))
    const query = new URLSearchParams(parameters as Record<string, string>)
    const request = new Request(`${issuer}/oauth/authorize?${query.toString()}`)
    const hooks = { authenticate: () => ({ id: 'ada' }), consent: () => true, [name]: never }
    const { headers } = await afterTheLimit(oauth.fetch(request, hooks))
    expect(headers.get('location')).toContain('error=server_error')
  },
)

describe.each(layers)('a function among the options on $version', ({ layer }) => {
  it.each<[string, Partial<Options>]>([
    ['scopes', { scopes: never }],
    ['claims', { claims: never }],
    ['generateToken', { generateToken: never }],
  ])('%s that never settles is a 503', async (name, options) => {
    jest.useRealTimers()
    const debug = jest.fn()
    const at = await provider({ layer }, { ...options, storeTimeout: 50, debug })
    const answer = await askForToken(at, at.web, { grant_type: 'client_credentials' })
    expect(refusal(answer)).toEqual({ status: 503, error: 'temporarily_unavailable' })
    expect(String(debug.mock.calls[0]?.[0].cause)).toContain(`${name} did not answer within 50 ms`)
  })
})
