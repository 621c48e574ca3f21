import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { createServer } from '@oauth2-kit/core'
import request from 'supertest'
import { isSlowWithNewPrototypes } from '../../src/frameworks/create-server'
import { shareClasses } from '../../src/frameworks/dictionary'
import { expresses } from '../support/express'

setFlagsFromString('--allow-natives-syntax')
const haveSameClass = runInThisContext('(one, other) => %HaveSameMap(one, other)') as (
  one: object,
  other: object,
) => boolean

type Pair = [IncomingMessage & { user?: unknown }, ServerResponse]

/** The number of hidden classes of these objects. */
function classesOf(objects: readonly object[]): number {
  const known: object[] = []
  for (const one of objects) if (!known.some((other) => haveSameClass(one, other))) known.push(one)
  return known.length
}

// V8 keeps the class of a dictionary in a cache of 64 slots. The slot of a request depends on its
// prototype, which has a random hash and differs between apps. Other objects of each request may
// have the same slot and evict it each time, so the tests try several apps. If nothing is shared,
// every app has as many classes as requests.
const calls = 8
const apps = 6
// Since Node 24, the core leaves it to V8 whether requests share a class.
const most = isSlowWithNewPrototypes ? calls - 1 : calls

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

  /** The fewest classes of requests and responses in any of several apps. */
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

  it('share a class up to Node 22, even with an added property, and keep their values', async () => {
    const { messages, responses } = await fewest((app) => app)
    expect(messages).toBeLessThanOrEqual(most)
    expect(responses).toBeLessThanOrEqual(most)
  })

  it('share a class from the start with createServer(app) up to Node 22', async () => {
    const { messages } = await fewest((app) => createServer(app as never) as never)
    expect(messages).toBeLessThanOrEqual(most)
  })
})

it('shareClasses() does not change objects that are not requests of Node', () => {
  const [message, response] = [{}, {}]
  shareClasses(message as never, response as never)
  expect([message, response]).toEqual([{}, {}])
})
