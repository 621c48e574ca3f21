import type { Created } from '@oauth2-kit/conformance'
import { modelFor } from './app'
import { newest } from './servers'

// A process of a race: a server on a store that a module opens. Its parent sends it requests.

/** Longer than a race takes on a busy machine, in seconds. */
export const graceOfRaces = { refreshGrace: 600 }

/** The requests of a race. */
export interface Race {
  /** How many requests this process sends at once. */
  callers: number
  form: Record<string, string>
}

/** What happened in one process. */
export interface Raced {
  /** The responses. */
  answers: { status: number; body: Record<string, string> }[]
  /** How often a function that revokes a code or a refresh token resolved with true. */
  redeemed: number
}

async function main([module = '', namespace = '', instance = '', url = '']: string[]) {
  const { create } = require(module) as { create: (context: object) => Promise<Created> }
  const context = { namespace, instance: Number(instance), url: url || undefined, now: Date.now }
  const { store } = await create(context)
  let redeemed = 0
  const model = modelFor(newest, store!, graceOfRaces)
  const counted = <A extends unknown[]>(revoke: (...args: A) => Promise<boolean>) => {
    return async (...args: A) => {
      const outcome = await revoke(...args)
      if (outcome) redeemed++
      return outcome
    }
  }
  const own = {
    ...model,
    revokeToken: counted((token: never) => model.revokeToken(token)),
    revokeAuthorizationCode: counted((code: never) => model.revokeAuthorizationCode(code)),
  }
  const { server: OAuth2Server } = newest
  const oauth = new OAuth2Server({ model: own })

  async function grant(form: Record<string, string>): Promise<Raced['answers'][number]> {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'transfer-encoding': 'chunked',
    }
    const request = new OAuth2Server.Request({ method: 'POST', headers, query: {}, body: form })
    const response = new OAuth2Server.Response({})
    await oauth.token(request, response).catch(() => {})
    return { status: response.status, body: response.body as Record<string, string> }
  }

  process.on('message', ({ callers, form }: Race) => {
    redeemed = 0
    void Promise.all(Array.from({ length: callers }, () => grant(form))).then((answers) =>
      process.send!({ answers, redeemed } satisfies Raced),
    )
  })
  process.on('disconnect', () => process.exit())
  process.send!('ready')
}

if (require.main === module) void main(process.argv.slice(2))
