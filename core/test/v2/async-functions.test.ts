import type { Model } from '@oauth2-kit/core'
import request from 'supertest'
import { expresses } from '../support/express'
import { v2App } from '../support/v2-app'
import { everyGrant, functionNames, requestFor, willingModel } from '../support/willing-model'

type AnyFunction = (...args: unknown[]) => unknown
type GetAccessToken = NonNullable<Model['getAccessToken']>

const token = { expires: null, userId: 7 }

describe.each(expresses)('v2 on $version: a function of a model', ({ express }) => {
  /** The status, and the user whose token was accepted, if any. */
  async function letIn(getAccessToken: GetAccessToken): Promise<[number, unknown]> {
    const { app } = v2App(express, { storeTimeout: 50, model: { getAccessToken } })
    const { status, body } = await request(app).get('/?access_token=any')
    return [status, body.user]
  }

  it.each(functionNames)('may be async and use its callback: %s', async (name) => {
    const model = willingModel() as Required<Model> & Record<string, AnyFunction>
    const fn = model[name] as AnyFunction
    const asyncFn = async (...args: unknown[]) => {
      await new Promise(setImmediate)
      fn(...args)
    }
    Object.defineProperty(asyncFn, 'length', { value: fn.length })
    const { app } = v2App(express, { grants: everyGrant, model: { ...model, [name]: asyncFn } })
    const { status, headers } = await requestFor[name](app)
    expect(status).toBeLessThan(400)
    expect(headers['location'] ?? '').not.toContain('error')
  })

  it('may be async and call back after it has returned', async () => {
    const answer = letIn(async (_token, callback) => {
      setTimeout(callback, 5, null, token)
    })
    expect(await answer).toEqual([200, { id: 7 }])
  })

  it('may be async, declare its callback, and return the result instead', async () => {
    expect(await letIn(async (_token, _callback) => token)).toEqual([200, { id: 7 }])
  })

  it.each([[null], [false]])(
    'may be async, declare its callback, and return %p for no result',
    async (nothing) => {
      expect(await letIn(async (_token, _callback) => nothing)).toEqual([401, undefined])
    },
  )

  it('may be async, not declare its callback, and return nothing', async () => {
    expect(await letIn(async (_token) => {})).toEqual([401, undefined])
  })

  it('that is async, declares its callback and never calls it is a 503', async () => {
    expect(await letIn(async (_token, _callback) => {})).toEqual([503, undefined])
  })

  it('that calls back and returns something else: the first result counts', async () => {
    const answer = letIn(async (_token, callback) => {
      callback(null, token)
      return null
    })
    expect(await answer).toEqual([200, { id: 7 }])
  })

  it('that calls back and then rejects: the first result counts', async () => {
    const answer = letIn(async (_token, callback) => {
      callback(null, null)
      throw new Error('after the fact')
    })
    expect(await answer).toEqual([401, undefined])
  })

  it('that calls back and returns a query: the query does not run again', async () => {
    let runs = 0
    const query = {
      // oxlint-disable-next-line unicorn/no-thenable -- as the queries of many libraries are
      then(resolve: (found: unknown) => void) {
        runs++
        resolve(null)
      },
    }
    const getAccessToken: GetAccessToken = (_token, callback) => {
      setImmediate(callback, null, token)
      return query
    }
    expect(await letIn(getAccessToken)).toEqual([200, { id: 7 }])
    expect(runs).toBe(0)
  })

  it.each([['text'], [7], [true], [{}], [[]]])('may call back and return %j', async (returned) => {
    const getAccessToken: GetAccessToken = (_token, callback) => {
      setImmediate(callback, null, token)
      return returned
    }
    expect(await letIn(getAccessToken)).toEqual([200, { id: 7 }])
  })
})
