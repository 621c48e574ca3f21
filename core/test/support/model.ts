import { randomUUID } from 'node:crypto'
import type { Callback, Model } from '@oauth2-kit/core'

/** One call of a function of a model. */
export interface Call {
  name: string
  /** Without the callback. */
  args: unknown[]
  /** The value of `this`. */
  self: unknown
}

/** A model of the 2.4 line that records its calls, with one client and one user. */
export interface RecordingModel {
  model: Model
  calls: Call[]
  client: { clientId: string; clientSecret: string; redirectUri: string }
  user: { id: string; username: string; password: string }
  /** The names of the functions that were called, in order. */
  called: () => string[]
  /** The arguments of the first call of a function. */
  argsOf: (name: keyof Model) => unknown[]
}

/** A model in memory that calls back. `replaced` replaces some of its functions. */
export function recordingModel(replaced: Model = {}): RecordingModel {
  const client = {
    clientId: `client-${randomUUID().slice(0, 8)}`,
    clientSecret: randomUUID(),
    redirectUri: 'https://client.example/callback',
  }
  const user = { id: randomUUID(), username: `user-${randomUUID()}`, password: randomUUID() }
  const calls: Call[] = []
  const functions = Object.entries({ ...memoryModel(client, user), ...replaced })
  const model = Object.fromEntries(
    functions.map(([name, fn]) => [name, fn && recorded(name, fn, calls)]),
  )
  return {
    model,
    calls,
    client,
    user,
    called: () => calls.map(({ name }) => name),
    argsOf(name) {
      const call = calls.find((one) => one.name === name)
      if (!call) throw new Error(`The model's ${name} was not called`)
      return call.args
    },
  }
}

interface Kept {
  clientId: string
  expires: Date | null
  user: unknown
}

function memoryModel(client: RecordingModel['client'], user: RecordingModel['user']): Model {
  const kept = {
    code: new Map<string, Kept>(),
    access: new Map<string, Kept>(),
    refresh: new Map<string, Kept>(),
  }
  const get = (kind: keyof typeof kept) => (token: string, callback: Callback<never>) =>
    later(callback, kept[kind].get(token))
  const save =
    (kind: keyof typeof kept) =>
    (
      token: string,
      clientId: string,
      expires: Date | null,
      user: unknown,
      callback: Callback<never>,
    ) => {
      kept[kind].set(token, { clientId, expires, user })
      later(callback)
    }
  return {
    getClient(id, secret, callback) {
      const right = id === client.clientId && [null, client.clientSecret].includes(secret)
      later(callback, right && client)
    },
    grantTypeAllowed: (_clientId, _grantType, callback) => later(callback, true),
    getUser(username, password, callback) {
      later(callback, username === user.username && password === user.password && user)
    },
    getUserFromClient: (_clientId, _clientSecret, callback) => later(callback, user),
    getAccessToken: get('access'),
    getAuthCode: get('code'),
    getRefreshToken: get('refresh'),
    saveAccessToken: save('access'),
    saveAuthCode: save('code'),
    saveRefreshToken: save('refresh'),
  }
}

/** Calls back asynchronously and without an error, as a database does. */
function later(callback: Callback<never>, result?: unknown): void {
  setImmediate(callback as Callback, null, result)
}

type AnyFunction = (...args: never[]) => unknown

function recorded(name: string, fn: AnyFunction, calls: Call[]): AnyFunction {
  function record(this: unknown, ...args: never[]): unknown {
    calls.push({ name, args: args.filter((arg) => typeof arg !== 'function'), self: this })
    return fn.apply(this, args)
  }
  // The number of declared parameters shows whether it takes a callback.
  return Object.defineProperty(record, 'length', { value: fn.length })
}
