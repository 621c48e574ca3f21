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

/** How many hidden classes there are among these. */
function classesOf(objects: readonly object[]): number {
  const known: object[] = []
  for (const one of objects) if (!known.some((other) => haveSameClass(one, other))) known.push(one)
  return known.length
}

// V8 keeps the class of a dictionary in a small cache, and whatever else comes by may displace it:
// not every two requests share one. Where none is shared there are as many classes as requests.
const calls = 8

async function call(listener: RequestListener): Promise<void> {
  for (let i = 0; i < calls; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await request(listener).get(`/${i}`)
  }
}

describe.each(expresses)('requests that Express has changed, on $version', ({ express }) => {
  function shared() {
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
    const { app, pairs } = shared()
    await call(app)
    expect(pairs).toHaveLength(calls)
    expect(classesOf(pairs.map(([message]) => message))).toBeLessThan(calls)
    expect(classesOf(pairs.map(([, response]) => response))).toBeLessThan(calls)
    expect(pairs.map(([{ user }]) => user)).toEqual(
      Array.from({ length: calls }, (_, i) => ({ id: `/${i}` })),
    )
    expect(pairs[0]?.[1].statusCode).toBe(203)
  })

  it('share one from the start with createServer(app), and keep that', async () => {
    const { app, pairs } = shared()
    await call(createServer(app) as never)
    expect(classesOf(pairs.map(([message]) => message))).toBeLessThan(calls)
  })
})

it('what is no request of Node is left alone', () => {
  const [message, response] = [{}, {}]
  shareClasses(message as never, response as never)
  expect([message, response]).toEqual([{}, {}])
})
