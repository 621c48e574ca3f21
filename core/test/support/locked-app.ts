import oauthserver, { type Model } from '@oauth2-kit/core'
import type { RequestHandler } from 'express'
import request from 'supertest'
import type { App, expresses } from './express'

/** What lockdown tests work with: an app, the server that locks it, and a handler that counts. */
export interface Lockable {
  app: App
  oauth: ReturnType<typeof oauthserver>
  /** Answers, and counts how often it was run. */
  handler: RequestHandler
  /** How often the handler was run. */
  runs: () => number
}

type Verb = 'get' | 'head' | 'options' | 'post' | 'put' | 'patch' | 'delete'

const verbs: readonly Verb[] = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete']
const model: Model = {
  getAccessToken: (token, callback) =>
    setImmediate(callback, null, token === 'good' && { expires: null, userId: 7 }),
}

/** An app without routes, not locked yet. */
export function lockable(express: (typeof expresses)[number]['express']): Lockable {
  let runs = 0
  return {
    app: express(),
    oauth: oauthserver({ model, grants: ['password'] }),
    handler(_req, res) {
      runs++
      res.send('ran')
    },
    runs: () => runs,
  }
}

/** For each verb: whether the handler is run without a token, with one only, or never. */
export async function accessTo(
  { app, runs }: Lockable,
  path: string,
  asked: readonly Verb[] = verbs,
): Promise<Partial<Record<Verb, 'open' | 'locked' | 'none'>>> {
  const access: Partial<Record<Verb, 'open' | 'locked' | 'none'>> = {}
  for (const verb of asked) {
    const ask = async (token?: string) => {
      const before = runs()
      const test = request(app)[verb](path)
      await (token ? test.auth(token, { type: 'bearer' }) : test)
      return runs() > before
    }
    const open = (await ask()) || (await ask('bad'))
    access[verb] = open ? 'open' : (await ask('good')) ? 'locked' : 'none'
  }
  return access
}
