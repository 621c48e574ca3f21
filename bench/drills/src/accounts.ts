import { randomUUID } from 'node:crypto'
import { type Store, createClient, createUser } from '@oauth2-kit/core'
import { type Account, type Change, redirectUri } from './load/account'
import type { Entry, Operation } from './log'
import { openDirectly } from './standing'

/** Changes an account. Resolves with its new secret, or with undefined if it was deleted. */
export type Act = (store: Store, account: Account) => Promise<string | undefined>

/** Accounts of the load that the harness changes directly in the store, bypassing the providers. */
export class Accounts {
  /** The changes, for the audit. */
  readonly changes: Entry[] = []

  private constructor(
    readonly all: readonly Account[],
    private readonly store: Store,
    private readonly close: () => Promise<void>,
  ) {}

  /** Registers `count` accounts. */
  static async open(environment: Record<string, string>, count: number): Promise<Accounts> {
    const { store, close } = await openDirectly(environment)
    const all: Account[] = []
    while (all.length < count) all.push(await register(store))
    return new Accounts(all, store, close)
  }

  /**
   * Changes an account, and records when the change began and was acknowledged. Resolves with the
   * message for the clients.
   */
  async change(account: Account, operation: Operation, act: Act): Promise<Change> {
    const start = now()
    const text = await act(this.store, account)
    const number = this.changes.filter((change) => change.account === account.name).length + 1
    const secret = text === undefined ? undefined : { number, text }
    this.changes.push({
      operation,
      start,
      end: now(),
      provider: -1,
      grant: null,
      account: account.name,
      ...(secret && { secret: number }),
      presented: null,
      status: 200,
      error: null,
      issued: [],
    })
    return { account: account.name, secret }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function register(store: Store): Promise<Account> {
  const name = randomUUID()
  const password = randomUUID()
  const { client, secret } = await createClient(store, {
    id: `drill-${name}`,
    redirectUris: [redirectUri],
    scopes: ['profile'],
  })
  const { username } = await createUser(store, { username: `user-${name}`, password })
  return { name, clientId: client.id, clientSecret: secret!, username, password }
}

/** The same clock as in the log of the load. */
function now(): number {
  return performance.timeOrigin + performance.now()
}
