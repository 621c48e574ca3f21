import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { createServer } from '@oauth2-kit/core'
import request from 'supertest'
import { shareClasses } from '../../src/frameworks/dictionary'
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

// V8 keeps the class of a dictionary in a cache of 64 places. Which place is for a request depends on
// its prototype, of which each app has its own with a random hash. What else is made for each request
// may have the same place, and displaces it each time: so several apps are asked. Where nothing is
// shared there are as many classes as requests, whatever the app.
const calls = 8
const apps = 6

async function call(listener: RequestListener): Promise<void> {
  for (let i = 0; i < calls; i++) {
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

  /** Of several apps, the fewest classes that requests and responses have. */
  async function fewest(listenerOf: (app: RequestListener) => RequestListener) {
    const least = { messages: calls, responses: calls }
    for (let n = 0; n < apps; n++) {
      const { app, pairs } = shared()
      await call(listenerOf(app))
      expect(pairs.map(([{ user }]) => user)).toEqual(
        Array.from({ length: calls }, (_, i) => ({ id: `/${i}` })),
      )
      expect(pairs[0]?.[1].statusCode).toBe(203)
      least.messages = Math.min(least.messages, classesOf(pairs.map(([message]) => message)))
      least.responses = Math.min(least.responses, classesOf(pairs.map(([, response]) => response)))
    }
    return least
  }

  it('share a class, also with a property more, and keep what they have', async () => {
    const { messages, responses } = await fewest((app) => app)
    expect(messages).toBeLessThan(calls)
    expect(responses).toBeLessThan(calls)
  })

  it('share one from the start with createServer(app), and keep that', async () => {
    const { messages } = await fewest((app) => createServer(app as never) as never)
    expect(messages).toBeLessThan(calls)
  })
})

it('what is no request of Node is left alone', () => {
  const [message, response] = [{}, {}]
  shareClasses(message as never, response as never)
  expect([message, response]).toEqual([{}, {}])
})
