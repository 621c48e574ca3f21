import oauthserver, { type Model } from '@oauth2-kit/core'
import type { RequestHandler } from 'express'
import request from 'supertest'
import type { App, expresses } from './express'

/** An app, the server that locks it, and a handler that counts its calls. */
export interface Lockable {
  app: App
  oauth: ReturnType<typeof oauthserver>
  /** Responds, and counts its calls. */
  handler: RequestHandler
  /** How often the handler was called. */
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

/** For each verb: whether the handler runs without a token, only with a token, or never. */
export async function accessTo(
  { app, runs }: Lockable,
  path: string,
  requested: readonly Verb[] = verbs,
): Promise<Partial<Record<Verb, 'open' | 'locked' | 'none'>>> {
  const access: Partial<Record<Verb, 'open' | 'locked' | 'none'>> = {}
  for (const verb of requested) {
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
