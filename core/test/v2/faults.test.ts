import type { Model } from '@oauth2-kit/core'
import { expresses } from '../support/express'
import { type Differences, v2App } from '../support/v2-app'
import { everyGrant, functionNames, requestFor, willingModel } from '../support/willing-model'

type AnyFunction = (...args: unknown[]) => unknown
type Callback = (error?: unknown, result?: unknown, second?: unknown) => void

const failure = new Error('connect ECONNREFUSED 10.0.0.7:5432')
// The arguments that a working function calls back with. They fit every function.
const good = [null, { id: 'a-user', clientId: 'willing-client', expires: null }, { id: 'a-user' }]

function neverSettles(): Promise<never> {
  return new Promise(() => {})
}

/** Each fault receives the callback of the function. */
const faults: Record<string, (callback: Callback) => unknown> = {
  throws: () => {
    throw failure
  },
  rejects: () => Promise.reject(failure),
  'rejects without a message': () => Promise.reject(new Error()),
  'never calls back': () => undefined,
  'returns a promise that never settles': neverSettles,
  'calls back with an error': (callback) => callback(failure),
  'calls back with an error that is text': (callback) => callback('ORA-12541: no listener'),
  'calls back with an error later': (callback) => setImmediate(callback, failure),
  'calls back with an error and a result': (callback) => callback(failure, ...good.slice(1)),
  'calls back twice': (callback) => {
    callback(...good)
    callback(...good)
  },
  'calls back twice in one later tick': (callback) => {
    setImmediate(() => {
      callback(...good)
      callback(...good)
    })
  },
  'calls back, then with an error': (callback) => {
    callback(...good)
    callback(failure)
  },
  'calls back and throws': (callback) => {
    callback(...good)
    throw failure
  },
}

/** A model with one faulty function, which declares as many parameters as before. */
function faultyModel(name: keyof Model, fault: (callback: Callback) => unknown): Model {
  const model = willingModel() as Required<Model> & Record<string, AnyFunction>
  const { length } = model[name]
  const faulty: AnyFunction = (...args) => fault(args.at(-1) as Callback)
  return { ...model, [name]: Object.defineProperty(faulty, 'length', { value: length }) }
}

/** The status and error of the response, and what it leaks of the cause or of a token. */
async function outcome(name: keyof Model, { app }: ReturnType<typeof v2App>) {
  const { status, headers, body, text } = await requestFor[name](app)
  const location = headers['location']
  const parameters = location ? new URL(location).searchParams : new URLSearchParams(body)
  return {
    status,
    error: parameters.get('error'),
    description: parameters.get('error_description'),
    retryAfter: headers['retry-after'],
    leaks: /ECONNREFUSED|ORA-|[0-9a-f]{40}|\bat \S+:\d+/.exec(location ?? text)?.[0],
  }
}

describe.each(expresses)('v2 on $version: a model', ({ express }) => {
  const start = (model: Model, options: Differences = {}) =>
    v2App(express, { grants: everyGrant, storeTimeout: 25, model, ...options })

  describe.each(Object.entries(faults))('whose function %s', (how, fault) => {
    it.each(functionNames.filter((name) => name !== 'saveAuthCode'))(
      'is a 503 server_error: %s',
      async (name) => {
        expect(await outcome(name, start(faultyModel(name, fault)))).toEqual({
          status: 503,
          error: 'server_error',
          description: 'server_error',
          // Calling back twice is a fault in the code, which trying again does not mend.
          retryAfter: /^calls back(?: twice|,)/.test(how) ? undefined : '1',
          leaks: undefined,
        })
      },
    )

    it('is a redirect with server_error, and without a code: saveAuthCode', async () => {
      expect(await outcome('saveAuthCode', start(faultyModel('saveAuthCode', fault)))).toEqual({
        status: 302,
        error: 'server_error',
        description: 'server_error',
        retryAfter: undefined,
        leaks: undefined,
      })
    })
  })

  it.each(functionNames.filter((name) => !/^(saveAuthCode|extended|generate|revoke)/.test(name)))(
    'that lacks a required function is a 503: %s',
    async (name) => {
      const answer = await outcome(name, start({ ...willingModel(), [name]: undefined }))
      expect(answer).toMatchObject({ status: 503, error: 'server_error', retryAfter: undefined })
    },
  )

  it('security 42: that never responds is a 503 in bounded time, for every request', async () => {
    const model = Object.fromEntries(functionNames.map((name) => [name, neverSettles]))
    const server = start(model, { storeTimeout: 50 })
    const reasons: string[] = []
    server.oauth.events.on('store.failed', ({ error }) => reasons.push((error as Error).message))
    const answers = await Promise.all(functionNames.map((name) => outcome(name, server)))
    // The timeout is that of the option, not the default.
    expect(reasons.length).toBeGreaterThan(0)
    expect(reasons.filter((reason) => !reason.endsWith('within 50 ms'))).toEqual([])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]))
    expect(new Set(answers.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1']))
  })

  it('emits its failures as the event store.failed, with the reason', async () => {
    const server = start(faultyModel('getAccessToken', faults['rejects']!))
    const events: unknown[] = []
    server.oauth.events.on('store.failed', ({ error }) => events.push(error))
    await requestFor.getAccessToken(server.app)
    expect(events).toEqual([failure])
  })

  it('that calls back after the timeout changes nothing', async () => {
    const callbacks: Callback[] = []
    const server = start(
      faultyModel('saveAccessToken', (callback) => {
        callbacks.push(callback)
      }),
    )
    expect((await outcome('saveAccessToken', server)).status).toBe(503)
    for (const callback of callbacks) callback()
    // After another response, every effect of the late callback would have happened.
    expect((await outcome('getAccessToken', server)).status).toBe(200)
    expect(callbacks).toHaveLength(1)
    expect(server.called()).not.toContain('saveRefreshToken')
  })
})
