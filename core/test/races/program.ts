import {
  type Arbitrary,
  array,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
} from 'fast-check'

/** A step of an administrator. Each change of a property sets a unique value. */
export type AdminStep =
  | { do: 'change client'; client: number; property: ClientProperty }
  | { do: 'rotate secret'; client: number }
  | { do: 'delete client'; client: number }
  | { do: 'create client'; client: number }
  | { do: 'set password'; user: number }
  | { do: 'delete user'; user: number }
  | { do: 'revoke user'; user: number }
  | { do: 'purge' }

export type ClientProperty = (typeof clientProperties)[number]
export const clientProperties = ['name', 'redirectUris', 'metadata', 'accessTokenLifetime'] as const

/** What a client does with the tokens of its session. */
export type SessionStep = 'refresh' | 'replay' | 'call' | 'introspect' | 'revoke'

/** A client that signs a user in and works with the tokens, at one process of the provider. */
export interface Session {
  client: number
  user: number
  process: number
  steps: SessionStep[]
}

/** The outcome of one call of the store. */
export type Fate = 'answered' | 'failed' | 'reply lost'

/** Everything that happens concurrently. */
export interface Program {
  sessions: Session[]
  /** The steps of each administrator, in order. */
  admins: AdminStep[][]
  /** The indexes of the users who sign in at the application. */
  signIns: number[]
  /** The indexes of the clients that request a client_credentials token. */
  ownTokens: number[]
  /** Milliseconds by which the clock moves each time. */
  clockSteps: number[]
  /** The fates of the first calls of the store. Later calls are answered. */
  fates: Fate[]
}

export const clientCount = 2
export const userCount = 2

const aClient = nat(clientCount - 1)
const aUser = nat(userCount - 1)

const adminStep: Arbitrary<AdminStep> = oneof(
  {
    weight: 5,
    arbitrary: record({
      do: constant('change client' as const),
      client: aClient,
      property: constantFrom(...clientProperties),
    }),
  },
  { weight: 2, arbitrary: record({ do: constant('rotate secret' as const), client: aClient }) },
  { weight: 1, arbitrary: record({ do: constant('delete client' as const), client: aClient }) },
  { weight: 1, arbitrary: record({ do: constant('create client' as const), client: aClient }) },
  { weight: 3, arbitrary: record({ do: constant('set password' as const), user: aUser }) },
  { weight: 1, arbitrary: record({ do: constant('delete user' as const), user: aUser }) },
  { weight: 1, arbitrary: record({ do: constant('revoke user' as const), user: aUser }) },
  { weight: 1, arbitrary: record({ do: constant('purge' as const) }) },
)

const sessionStep = constantFrom<SessionStep[]>(
  'refresh',
  'refresh',
  'refresh',
  'call',
  'introspect',
  'replay',
  'revoke',
)

const fate = oneof(
  { weight: 12, arbitrary: constant<Fate>('answered') },
  { weight: 1, arbitrary: constant<Fate>('failed') },
  { weight: 1, arbitrary: constant<Fate>('reply lost') },
)

export const programs: Arbitrary<Program> = record({
  sessions: array(
    record({
      client: aClient,
      user: aUser,
      process: nat(1),
      steps: array(sessionStep, { maxLength: 4 }),
    }),
    { maxLength: 3 },
  ),
  admins: array(array(adminStep, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
  signIns: array(aUser, { maxLength: 2 }),
  ownTokens: array(aClient, { maxLength: 2 }),
  clockSteps: array(integer({ min: 1, max: 7000 }), { maxLength: 8 }),
  fates: array(fate, { maxLength: 60 }),
})
