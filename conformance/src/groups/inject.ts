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
    title: 'what is no string matches nothing: objects, arrays, numbers, null, undefined',
    why: 'OWASP, NoSQL injection: `{"$ne": null}` in a form is everybody\'s token.',
    fix: 'typeof checks before the query; parameters with their type; never spread input into a filter.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'access' })
      const client = await saved(t)
      for (const value of operators) await harmless(t.store, value)
      // Of one element, it reads like the string itself.
      for (const value of [[credential.hash], [client.id], new String(credential.hash)]) {
        await harmless(t.store, value)
      }
      await foundAs(t.store, credential, grant, 'A credential, afterwards')
      equal(await t.store.getClient(client.id), client, 'A client, afterwards')
      await unharmed()
    },
  },
  {
    id: 'pattern',
    title: 'wildcards, globs and regular expressions match nothing but themselves',
    why: "LIKE and KEYS find somebody else's row with one character.",
    fix: 'Compare with `=`; build no pattern from input.',
    async run(t) {
      const { grant, credential, unharmed } = await t.issuedGrant({ kind: 'access' })
      const client = await saved(t)
      const { clientId, userId } = grant
      const near = [credential.hash, clientId, String(userId), client.id].flatMap((id) =>
        ['%', '_', '*', '?', '.'].map((wild) => `${id.slice(0, -1)}${wild}`),
      )
      for (const value of [...patterns, ...near]) await harmless(t.store, value)
      await foundAs(t.store, credential, grant, 'A credential, afterwards')
      equal(await t.store.getClient(client.id), client, 'A client, afterwards')
      await unharmed()
    },
  },
  {
    id: 'sql',
    title: 'quotes, backslashes, separators and line breaks are text like any other',
    why: 'CWE-89: a query that is put together from text runs what the text says.',
    fix: 'Parameters; in Redis, KEYS and ARGV; lengths or escapes where keys are joined.',
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
        equal(await store.getClient(client.id), client, 'A client')
        const grant = aGrant({
          clientId: client.id,
          userId: anId(fragment),
          data: JSON.stringify(fragment),
        })
        const credential = aCredential({ data: JSON.stringify({ fragment }) })
        await issues(store, grant, [credential])
        await foundAs(store, credential, grant, 'A credential')
        equal(await grantsOf(store, { userId: grant.userId! }), [grant], 'Its grant')
        const record = aRecord({ key: anId(fragment), data: JSON.stringify(fragment) })
        equal(await store.addRecord(record), true, 'addRecord')
        equal(await store.getRecord(record.key), record, 'A record')
        equal(await store.takeRecord(record.key), record, 'The record that was taken')
        if (store.supports.users) {
          const user = aUser({ id: anId(fragment), username: anId(fragment) })
          await createsUser(store, user)
          equal(await store.getUser?.(user.id), user, 'A user, by id')
          equal(await store.getUserByUsername?.(user.username), user, 'A user, by name')
        }
      }
      await unharmed()
    },
  },
  {
    id: 'separator',
    title: 'no two pairs of ids run together to the same key',
    why: 'User "a:b" at client "c" is not user "a" at client "b:c".',
    fix: 'Keep the parts in columns of their own, or escape the separator.',
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
          equal(await grantsOf(store, selector), [grant], 'The grants of one pair')
          equal(await store.revoke(selector), 1, 'revoke of one pair')
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

/** Every look-up with that value finds nothing, and every revocation revokes nothing. */
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
      // Refusing it is as good as finding nothing.
      holds(isError(error), `${name}(${show(value)}) threw ${show(error)}, which is no Error`)
      continue
    }
    holds(isHarmless(answer), `${name}(${show(value)}) gave ${show(answer)}`)
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
