import { once } from 'node:events'
import { type AddressInfo, type Server, connect, createServer } from 'node:net'
import type { Callback, Model } from '@oauth2-kit/core'
import { type ConformanceOptions, runConformance } from '../src'
import { newModelContent, referenceModel, seedModel } from '../src/reference/model'

type Fn = (...args: unknown[]) => unknown

/** What each function returns if it takes an outage for a miss, or for success. */
const swallowed: Partial<Record<keyof Model, unknown>> = {
  getAccessToken: null,
  getAuthCode: null,
  getRefreshToken: null,
  getClient: null,
  grantTypeAllowed: false,
  getUser: null,
  getUserFromClient: null,
  saveAccessToken: undefined,
  saveAuthCode: undefined,
  saveRefreshToken: undefined,
  revokeRefreshToken: undefined,
}

let server: Server
let url: string

beforeAll(async () => {
  // A database that only answers: the data is in this process.
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `postgres://127.0.0.1:${(server.address() as AddressInfo).port}/name`
})

afterAll(() => server.close())

/** Resolves once the database has answered. */
async function reached(address: string): Promise<void> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  try {
    socket.write('x')
    await once(socket, 'data')
  } finally {
    socket.destroy()
  }
}

/** Options of a run on a model that asks its database each time. `bad` swallows the error. */
function options(bad: string | null, isCached = false): ConformanceOptions {
  const content = newModelContent()
  const right = referenceModel(content)
  return {
    name: 'a model',
    url,
    only: 'fault.error-not-miss',
    seed: (data) => seedModel(content, data),
    create(context) {
      const functions = Object.entries(right).map(([name, fn]) => [
        name,
        (...all: unknown[]) => {
          const [args, callback] = [all.slice(0, -1), all.at(-1) as Callback<never>]
          if (isCached && /^(?:getClient|grantTypeAllowed)$/.test(name)) return (fn as Fn)(...all)
          return reached(context.url!).then(
            () => (fn as Fn)(...args, callback),
            (error: unknown) =>
              name === bad
                ? callback(null, swallowed[name as keyof Model] as never)
                : callback(error),
          )
        },
      ])
      return { model: Object.fromEntries(functions) as Model }
    },
  }
}

async function reasonOf(given: ConformanceOptions): Promise<string | undefined> {
  const { verdicts } = await runConformance(given)
  expect(verdicts.map(({ status }) => status)).toEqual([expect.stringMatching(/^(passed|failed)$/)])
  return verdicts[0]?.reason
}

describe('fault.error-not-miss on a 2.4 model', () => {
  it('passes a model that reports every error', async () => {
    expect(await reasonOf(options(null))).toBeUndefined()
  })

  it('passes a model that knows its clients without the database', async () => {
    expect(await reasonOf(options(null, true))).toBeUndefined()
  })

  it.each(Object.keys(swallowed))('fails if %s() swallows the error', async (name) => {
    const reason = await reasonOf(options(name))
    const did = /^(?:save|revoke)/.test(name) ? 'did' : 'returned'
    expect(reason).toContain(`${name}() ${did} nothing, and`)
  })
})
