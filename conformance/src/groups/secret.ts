import { inspect } from 'node:util'
import { authenticateUser } from '@oauth2-kit/core'
import { creates, createsUser, issues } from '../checked'
import { type EngineClient, outcomeOf } from '../engine'
import { equal, holds, isError } from '../expect'
import { aClient, aCredential, aGrant, aUser } from '../given'
import { group } from '../group'
import { quickPasswords } from '../passwords'
import { withUsers } from './user'

export const secret = group('secret', 'secure', [
  {
    id: 'at-rest',
    needs: ['dump'],
    title: 'the stored data contains no token, code, client secret or password, plain or encoded',
    why: 'RFC 6819 5.1.4.1.3: anyone with a backup could sign in.',
    fix: 'Keep only the hashes that the core passes, and log no request.',
    async run(t) {
      const engine = t.engine()
      const client = await engine.client()
      const chosen = await chosenSecret(t.engine())
      const code = await engine.code(client)
      const spent = await engine.code(client)
      await engine.exchange(client, spent)
      const first = await engine.signIn(client)
      const next = await engine.refreshed(client, first.refresh_token)
      const secrets = [code, spent, client.secret, chosen.secret]
      secrets.push(first.access_token, first.refresh_token, next.access_token, next.refresh_token)
      if (t.store.supports.users) {
        const password = `pass-${client.id}`
        const passwordHash = await quickPasswords().hash(password)
        await createsUser(t.store, aUser({ passwordHash }))
        secrets.push(password)
      }
      const dump = Buffer.from(await t.raw.dump(t.context))
      holds(dump.includes(client.id), 'raw.dump() does not contain the client that was just saved')
      for (const [n, one] of secrets.entries()) {
        for (const form of ['utf8', 'hex', 'base64'] as const) {
          const text = Buffer.from(one).toString(form).replace(/=+$/, '')
          holds(!dump.includes(text), `Secret number ${n + 1} is in the dump as ${form}`)
        }
      }
    },
  },
  {
    id: 'errors',
    title: 'the error of issue() with an existing hash contains no hash, id or data',
    why: 'Drivers quote the duplicate key, errors are logged, and logs are copied to many places.',
    fix: 'Throw an Error of your own, without the message of the driver.',
    async run(t) {
      const credential = aCredential({ data: '{"scope":"very-private"}' })
      const grant = aGrant()
      await issues(t.store, grant, [credential])
      const error = await t.store.issue(aGrant({ userId: grant.userId }), [credential], {}).then(
        () => null,
        (reason: unknown) => reason,
      )
      holds(isError(error), 'issue() with an existing hash did not reject with an Error')
      for (const part of [credential.hash, 'very-private', grant.userId!, grant.id]) {
        holds(!error.message.includes(part), `The message contains stored data: ${error.message}`)
        // A log shows the other members too, such as the arguments of a command, and the cause.
        holds(!logged(error).includes(part), `The error contains stored data: ${logged(error)}`)
      }
    },
  },
  {
    id: 'chosen',
    title:
      'a client secret chosen by a person is verified by its slow hash, and no other secret is',
    why: 'A hash that is cut or changed locks the client out, or lets others in.',
    fix: 'Keep "secretHash" as text of any form, of up to a few hundred characters.',
    async run(t) {
      const engine = t.engine()
      const client = await chosenSecret(engine)
      const body = { grant_type: 'client_credentials' }
      equal(
        outcomeOf(await engine.token(client, body)),
        'HTTP 200',
        'The response to the chosen secret',
      )
      const other = { ...client, secret: `${client.secret}!` }
      equal(
        outcomeOf(await engine.token(other, body)),
        'invalid_client',
        'The response to another secret',
      )
      const hashes = [
        '$scrypt$ln=14,r=8,p=5$AbC+/$dEf+/=',
        '$argon2id$v=19$m=65536,t=3,p=4$aa$bb',
        'x'.repeat(255),
      ]
      for (const secretHash of hashes) {
        const one = aClient({ secretHash })
        await creates(t.store, one)
        equal(await t.store.getClient(one.id), one, 'getClient() of a client with another hash')
      }
    },
  },
  {
    id: 'generated',
    title: 'generateToken() of a model returns another unguessable token each time',
    why: 'RFC 6749 10.10: an attacker who can guess a token can use it.',
    fix: 'Return the result of `crypto.randomBytes(20)` in hex, or `null` for the default.',
  },
  {
    id: 'password',
    needs: ['users'],
    title:
      'a password signs in its own user only, and its hash is renewed when the parameters change',
    why: 'OWASP: without a slow, salted hash that gets slower over the years, stolen hashes can be cracked.',
    fix: 'Keep "passwordHash" unchanged, and replace it in updateUser().',
    async run(t) {
      const store = withUsers(t.store)
      const [ada, bob] = [aUser(), aUser()]
      const passwords = quickPasswords()
      ada.passwordHash = await passwords.hash('a password')
      bob.passwordHash = await passwords.hash('another one')
      for (const one of [ada, bob]) await createsUser(store, one)
      const authenticate = (username: string, password: string, by = passwords) =>
        authenticateUser(store, username, password, by)
      equal((await authenticate(ada.username, 'a password'))?.id, ada.id, 'The user who signs in')
      for (const wrong of ['another one', 'A password', 'a password ', 'x']) {
        equal(
          await authenticate(ada.username, wrong),
          null,
          'The user who signs in with a wrong password',
        )
      }
      const newer = quickPasswords(2)
      equal(
        (await authenticate(ada.username, 'a password', newer))?.id,
        ada.id,
        'The user who signs in with an older hash',
      )
      const renewed = await store.getUserByUsername(ada.username)
      holds(renewed?.passwordHash.startsWith('v2.'), 'The hash was not renewed in the store')
      equal(
        (await authenticate(ada.username, 'a password', newer))?.id,
        ada.id,
        'The user who signs in with the renewed hash',
      )
      equal(
        (await store.getUserByUsername(bob.username))?.passwordHash,
        bob.passwordHash,
        'The hash of the other user',
      )
    },
  },
])

/** Returns an error as a log shows it, without the stack. */
function logged(error: Error): string {
  const { stack: _, ...members } = Object.fromEntries(
    Object.getOwnPropertyNames(error).map((name) => [name, error[name as keyof Error]]),
  )
  return inspect(members, { depth: 8, maxStringLength: Infinity, maxArrayLength: Infinity })
}

async function chosenSecret(engine: {
  client: (differences: object) => Promise<EngineClient>
}): Promise<EngineClient> {
  const secret = `chosen-${aClient().id}`
  const client = await engine.client({ grantTypes: ['client_credentials'], secret })
  return { ...client, secret }
}
