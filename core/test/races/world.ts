import { createHash, randomBytes } from 'node:crypto'
import oauthserver, {
  type Client,
  type OAuth2Server,
  type Passwords,
  type Store,
  type User,
  createClient,
  createUser,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import type { Scheduler } from 'fast-check'
import { around } from '../oauth21/around'
import { type Fate, clientCount, userCount } from './program'

export const issuer = 'https://auth.example'
export const startAt = 1_800_000_000_000
// Longer than all steps of the clock together, because expiry is not tested here.
const longSeconds = 86_400

/** A client of the world, with its current secret. */
export interface WorldClient {
  id: string
  redirectUri: string
  secret: string
}

/** A provider of two processes on one store, whose replies are scheduled. */
export interface World {
  /** The store itself, which replies without scheduling. */
  store: ReturnType<typeof memoryStore>
  /** The store as the processes see it. */
  scheduled: Store
  processes: OAuth2Server[]
  clients: WorldClient[]
  users: User[]
  clock: { at: number }
}

/** Fast hashes. A hash of the old kind is renewed at the next sign-in. */
export const passwords: Passwords = {
  hash: async (password) => `new:${password}`,
  verify: async (password, hash) => hash.replace(/^(old|new):/, '') === password,
  isOutdated: (hash) => hash.startsWith('old:'),
}

const outdated: Passwords = { ...passwords, hash: async (password) => `old:${password}` }

export const firstPassword = 'the first password'

export async function newWorld(scheduler: Scheduler, fates: readonly Fate[]): Promise<World> {
  const clock = { at: startAt }
  const now = () => clock.at
  const store = memoryStore({ now })
  const clients: WorldClient[] = []
  for (let n = 0; n < clientCount; n++) clients.push(await newClient(store, `client-${n}`))
  const users: User[] = []
  for (let n = 0; n < userCount; n++) {
    const newUser = { username: `user-${n}`, password: firstPassword }
    users.push(await createUser(store, newUser, { passwords: outdated }))
  }
  const scheduled = scheduledStore(store, scheduler, fates)
  const processes = [0, 1].map(() =>
    oauthserver({
      model: scheduled,
      issuer,
      now,
      passwords,
      authCodeLifetime: longSeconds,
      accessTokenLifetime: longSeconds,
      refreshTokenLifetime: longSeconds,
      rotationsPerHour: null,
    }),
  )
  return { store, scheduled, processes, clients, users, clock }
}

/** Creates a confidential client with every grant type that is used here. */
export async function newClient(
  store: Parameters<typeof createClient>[0],
  id: string,
): Promise<WorldClient> {
  const redirectUri = `https://${id}.example/callback`
  const { secret } = await createClient(store, {
    id,
    redirectUris: [redirectUri],
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes: ['read'],
  })
  return { id, redirectUri, secret: secret! }
}

/** Delays the request and the reply of each call until the scheduler chooses them. */
function scheduledStore(
  store: ReturnType<typeof memoryStore>,
  scheduler: Scheduler,
  fates: readonly Fate[],
): Store {
  let calls = 0
  return around(store, async ({ name, proceed }) => {
    const fate = fates[calls++] ?? 'answered'
    await scheduler.schedule(Promise.resolve(), `${name}: request`)
    if (fate === 'failed') throw new Error(`The connection broke before ${name}`)
    const answer = await settledBy(proceed())
    await scheduler.schedule(Promise.resolve(), `${name}: reply`)
    if (fate === 'reply lost') throw new Error(`The connection broke after ${name}`)
    return answer()
  })
}

async function settledBy(work: Promise<unknown>): Promise<() => unknown> {
  try {
    const value = await work
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** A PKCE verifier and its challenge. */
export function newVerifier(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The client as the store has it. */
export function kept({ store }: World, id: string): Promise<Client | null> {
  return store.getClient(id)
}
