import oauthserver from '@oauth2-kit/core'
import { setImmediate } from 'node:timers/promises'
import { memoryStore } from '@oauth2-kit/memory'
import { layers } from '../support/layers'
import { askForToken, me, provider, refusal, signIn } from '../support/provider'
import { untilSettled } from '../support/unhandled'

const broken = new Error('The log is away')

describe('F20: callbacks that fail asynchronously', () => {
  it('reports an async event listener that rejects', async () => {
    const debug = jest.fn()
    const at = await provider(layers[2]!, { debug })
    at.oauth.events.on('client.authentication_failed', async () => {
      await setImmediate()
      throw broken
    })
    at.oauth.events.once('client.authentication_failed', () => Promise.reject(broken))
    await askForToken(at, { ...at.web, secret: 'wrong' }, { grant_type: 'client_credentials' })
    await setImmediate()
    await untilSettled()
    expect(debug.mock.calls.filter(([error]) => error === broken)).toHaveLength(2)
  })

  it('logs the error of a debug function that rejects', async () => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {})
    const at = await provider(layers[2]!, { debug: async () => Promise.reject(broken) })
    await me(at, 'unknown')
    await untilSettled()
    expect(log).toHaveBeenCalledWith(broken.stack)
    log.mockRestore()
  })

  it.each([undefined, null, 'text', 7, {}])('a debug function may throw %p', async (thrown) => {
    const log = jest.spyOn(console, 'error').mockImplementation(() => {})
    const debug = () => {
      // oxlint-disable-next-line only-throw-error -- an application may
      throw thrown
    }
    const at = await provider(layers[2]!, { debug })
    await me(at, 'unknown')
    await untilSettled()
    expect(log).toHaveBeenCalledTimes(1)
    log.mockRestore()
  })

  it('responds 500 and reports the cause if clientAddress is async', async () => {
    const debug = jest.fn()
    const clientAddress = (() => Promise.reject(broken)) as never
    const at = await provider(layers[2]!, { debug, clientAddress })
    const answer = await askForToken(at, at.web, { grant_type: 'client_credentials' })
    expect(refusal(answer)).toEqual({ status: 500, error: 'server_error' })
    await untilSettled()
    expect(String(debug.mock.calls[0][0].cause)).toMatch(/"clientAddress" must return text/)
  })
})

function withoutPool(store: object) {
  return { ...store, find: () => Promise.reject(new TypeError('The pool is gone')) }
}

describe.each(layers)('application errors and outages on $version', ({ layer }) => {
  const cases: [string, Error, { status: number; error: string }][] = [
    ['a TypeError', new TypeError('x is not a function'), { status: 500, error: 'server_error' }],
    ['a ReferenceError', new ReferenceError('x'), { status: 500, error: 'server_error' }],
    ['any other error', new Error('away'), { status: 503, error: 'temporarily_unavailable' }],
    [
      'the error of fetch() without a network',
      new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }),
      { status: 503, error: 'temporarily_unavailable' },
    ],
  ]

  it.each(cases)('users.find: %s', async (_what, thrown, expected) => {
    const debug = jest.fn()
    let fails = false
    const find = async (id: string) => {
      if (fails) throw thrown
      return { id }
    }
    const at = await provider({ layer }, { users: { find }, debug })
    const { access_token } = await signIn(at, at.spa)
    fails = true
    expect(refusal(await me(at, access_token))).toEqual(expected)
    expect(debug).toHaveBeenCalledTimes(1)
    expect(debug.mock.calls[0][0].cause).toBe(thrown)
  })

  it('treats a TypeError of the store as an outage, as some drivers throw one', async () => {
    const at = await provider({ layer }, { through: withoutPool as never })
    expect(refusal(await me(at, 'any'))).toEqual({
      status: 503,
      error: 'temporarily_unavailable',
    })
  })
})

it('oauthserver() accepts an instance of a class as its options', () => {
  class Configuration {
    model = memoryStore()
    issuer = 'https://auth.example'
  }
  expect(() => oauthserver(new Configuration())).not.toThrow()
})
