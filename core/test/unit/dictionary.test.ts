import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { createServer } from '@oauth2-kit/core'
import request from 'supertest'
import { shareClasses } from '../../src/http/dictionary'
import { expresses } from '../support/express'

setFlagsFromString('--allow-natives-syntax')
const haveSameClass = runInThisContext('(one, other) => %HaveSameMap(one, other)') as (
  one: object,
  other: object,
) => boolean

type Pair = [IncomingMessage & { user?: unknown }, ServerResponse]

/** The requests and responses of two calls, with a user on each request. */
async function twoPairs(listener: RequestListener, pairs: Pair[]): Promise<[Pair, Pair]> {
  for (const path of ['/a', '/b']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await request(listener).get(path)
  }
  return pairs as [Pair, Pair]
}

describe.each(expresses)('requests that Express has changed, on $version', ({ express }) => {
  function twoShared() {
    const pairs: Pair[] = []
    const app = express()
    app.use((req, res, next) => {
      const before = [{ ...req }, { ...res }]
      shareClasses(req, res)
      expect([{ ...req }, { ...res }]).toEqual(before)
      pairs.push([req, res])
      Object.assign(req, { user: { id: req.url } })
      next()
    })
    app.use((_req, res) => {
      res.status(203).json({})
    })
    return { app, pairs }
  }

  it('share a class, also with a property more, and keep what they have', async () => {
    const { app, pairs } = twoShared()
    const [[request1, response1], [request2, response2]] = await twoPairs(app, pairs)
    expect(haveSameClass(request1, request2)).toBe(true)
    expect(haveSameClass(response1, response2)).toBe(true)
    expect([request1.user, request2.user]).toEqual([{ id: '/a' }, { id: '/b' }])
    expect(response1.statusCode).toBe(203)
  })

  it('share one from the start with createServer(app), and keep that', async () => {
    const { app, pairs } = twoShared()
    const [[one], [other]] = await twoPairs(createServer(app) as never, pairs)
    expect(haveSameClass(one, other)).toBe(true)
  })
})

it('what is no request of Node is left alone', () => {
  const [message, response] = [{}, {}]
  shareClasses(message as never, response as never)
  expect([message, response]).toEqual([{}, {}])
})
