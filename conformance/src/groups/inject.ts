import type { GrantPage, Store } from '@oauth2-kit/core'
import { creates, createsUser, grantsOf, issues } from '../checked'
import { equal, holds, isError, isSame, show } from '../expect'
import { aClient, aCredential, aGrant, aHash, aRecord, aUser, anId, asFound } from '../given'
import { group } from '../group'
import type { CaseOf } from '../group'
import { fragments, operators, patterns } from '../hostile'
import { type StoreTrial, foundAs } from '../trial'

export const inject = group('inject', 'secure', [
  {
    id: 'operator',
    title:
      'a look-up by an object, array, number, null or undefined in place of a string matches nothing',
    why: 'OWASP, NoSQL injection: `{"$ne": null}` in a form matches the token of any user.',
    fix: 'Check with typeof before the query, give parameters their type, and never spread input into a filter.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'access' })
      const client = await saved(t)
      for (const value of operators) await harmless(t.store, value)
      // These convert to the string itself.
      for (const value of [[credential.hash], [client.id], new String(credential.hash)]) {
        await harmless(t.store, value)
      }
      await foundAs(t.store, credential, grant, 'The credential afterwards')
      equal(await t.store.getClient(client.id), client, 'The client afterwards')
      await unharmed()
    },
  },
  {
    id: 'pattern',
    title: 'wildcards, globs and regular expressions in an id match nothing but themselves',
    why: 'With LIKE or KEYS, one wildcard character finds the row of another user.',
    fix: 'Compare with `=`, and never build a pattern from input.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'access' })
      const client = await saved(t)
      const { clientId, userId } = grant
      const near = [credential.hash, clientId, String(userId), client.id].flatMap((id) =>
        ['%', '_', '*', '?', '.'].map((wild) => `${id.slice(0, -1)}${wild}`),
      )
      for (const value of [...patterns, ...near]) await harmless(t.store, value)
      await foundAs(t.store, credential, grant, 'The credential afterwards')
      equal(await t.store.getClient(client.id), client, 'The client afterwards')
      await unharmed()
    },
  },
  {
    id: 'sql',
    title: 'quotes, backslashes, separators and line breaks are stored and compared as plain text',
    why: 'CWE-89: a query that is built from text executes what the text contains.',
    fix: 'Use parameters, and KEYS and ARGV in Redis; where keys are joined, add lengths or escape the parts.',
    async run(t) {
      const { store } = t
      const { unharmed } = await t.issuedGrant()
      for (const fragment of fragments) {
        await harmless(store, fragment)
        const client = aClient({
          id: anId(fragment),
          name: fragment,
          metadata: { [fragment]: fragment },
        })
        await creates(store, client)
        equal(await store.getClient(client.id), client, 'getClient()')
        const grant = aGrant({
          clientId: client.id,
          userId: anId(fragment),
          data: JSON.stringify(fragment),
        })
        const credential = aCredential({ data: JSON.stringify({ fragment }) })
        await issues(store, grant, [credential])
        await foundAs(store, credential, grant, 'The credential')
        equal(
          await grantsOf(store, { userId: grant.userId! }),
          [grant],
          'listGrants() of its grant',
        )
        const record = aRecord({ key: anId(fragment), data: JSON.stringify(fragment) })
        equal(await store.addRecord(record), true, 'addRecord()')
        equal(await store.getRecord(record.key), record, 'getRecord()')
        equal(await store.takeRecord(record.key), record, 'takeRecord()')
        if (store.supports.users) {
          const user = aUser({ id: anId(fragment), username: anId(fragment) })
          await createsUser(store, user)
          equal(await store.getUser?.(user.id), user, 'getUser()')
          equal(await store.getUserByUsername?.(user.username), user, 'getUserByUsername()')
        }
      }
      await unharmed()
    },
  },
  {
    id: 'separator',
    title:
      'two different pairs of user id and client id, or an id and a username, never share a key',
    why: 'User "a:b" at client "c" would get the grants of user "a" at client "b:c".',
    fix: 'Keep the parts in separate columns, or escape the separator.',
    async run(t) {
      const { store } = t
      for (const separator of [':', '|', '/', '-', '.', ' ', '\u001f', '{', '}']) {
        const [a, b, c] = [anId('a'), anId('b'), anId('c')]
        const grants = [
          aGrant({ userId: `${a}${separator}${b}`, clientId: c }),
          aGrant({ userId: a, clientId: `${b}${separator}${c}` }),
        ]
        for (const grant of grants) await issues(store, grant, [aCredential()])
        for (const grant of grants) {
          const selector = { userId: grant.userId!, clientId: grant.clientId }
          equal(await grantsOf(store, selector), [grant], 'listGrants() of one pair')
          equal(
            await store.revoke(selector),
            1,
            'The number of grants that revoke() counts for one pair',
          )
        }
      }
      if (!store.supports.users) return
      // Ids that look like the key of an index.
      for (const prefix of ['name', 'names', 'username', 'user', 'id', 'n', 'u', 'by-name']) {
        for (const separator of [':', '/', '#', '|', '.']) {
          const named = aUser()
          const odd = aUser({ id: `${prefix}${separator}${named.username}` })
          for (const one of [named, odd]) await createsUser(store, one)
          for (const one of [named, odd]) {
            equal(await store.getUser?.(one.id), one, 'getUser()')
            equal(await store.getUserByUsername?.(one.username), one, 'getUserByUsername()')
          }
        }
      }
    },
  },
] satisfies CaseOf[])

async function saved(t: StoreTrial) {
  const client = aClient()
  await creates(t.store, client)
  return client
}

/** Fails unless every look-up with that value finds nothing and every revocation has no effect. */
async function harmless(store: Store, value: unknown): Promise<void> {
  const text = value as string
  const other = asFound(aCredential(), aGrant())
  const asked: [string, () => Promise<unknown>, (answer: unknown) => boolean][] = [
    ['find', () => store.find(text), isNull],
    ['isRedeemed', () => store.isRedeemed({ ...other, hash: text }), isFalse],
    [
      'isRedeemed by grant',
      () => store.isRedeemed({ ...other, grant: { ...other.grant, id: text } }),
      isFalse,
    ],
    ['getClient', () => store.getClient(text), isNull],
    ['getUser', async () => (store.getUser ? store.getUser(text) : null), isNull],
    ['getUserByUsername', async () => store.getUserByUsername?.(text) ?? null, isNull],
    ['getRecord', () => store.getRecord(text), isNull],
    ['takeRecord', () => store.takeRecord(text), isNull],
    ['revoke by grant', () => store.revoke({ grantId: text }), isZero],
    ['revoke by user', () => store.revoke({ userId: text }), isZero],
    ['revoke by client', () => store.revoke({ clientId: text }), isZero],
    ['listGrants by user', () => store.listGrants({ userId: text }, { limit: 9 }), isEmpty],
    ['listGrants by client', () => store.listGrants({ clientId: text }, { limit: 9 }), isEmpty],
    ['revokeAccessToken', () => store.revokeAccessToken(text), () => true],
    ['deleteClient', () => store.deleteClient(text), () => true],
    ['deleteUser', async () => store.deleteUser?.(text, 0), () => true],
    [
      'extend',
      () => store.extend({ id: text, clientId: aHash(), userId: null }, [aCredential()]),
      (answer) => answer === 'revoked',
    ],
  ]
  for (const [name, ask, isHarmless] of asked) {
    let answer: unknown
    try {
      answer = await ask()
    } catch (error) {
      // Rejecting the value counts as finding nothing.
      holds(
        isError(error),
        `${name}(${show(value)}) rejected with ${show(error)}, which is not an Error`,
      )
      continue
    }
    holds(isHarmless(answer), `${name}(${show(value)}) returned ${show(answer)}`)
  }
}

function isNull(answer: unknown): boolean {
  return answer === null
}

function isFalse(answer: unknown): boolean {
  return answer === false
}

function isZero(answer: unknown): boolean {
  return answer === 0
}

function isEmpty(answer: unknown): boolean {
  return isSame((answer as Partial<GrantPage>).grants, [])
}
