import { describeDatabase } from '@oauth2-kit/conformance/databases'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  grantsOf,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'
import { type Opened, opened, startTimeout } from './support/opened'

/** What means something to MongoDB: field paths, variables, operators, keys. */
const meaningful = [
  '$clientId',
  '$$ROOT',
  '$$NOW',
  '$credentials.hash',
  '{"$ne":null}',
  '$literal',
  'a.b.$[].c',
  '__proto__',
  '/.*/',
  '$',
  '.',
]

/** What is no text, and might match something. */
const foreign: unknown[] = [
  {},
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { $exists: true },
  { $eq: 'a' },
  /./,
  [],
  ['a'],
  0,
  true,
  null,
  undefined,
  { toString: () => 'a' },
]

describeDatabase('mongodb', (database) => {
  let place: Opened
  beforeAll(async () => {
    place = await opened(database)
  }, startTimeout)
  afterAll(() => place?.[Symbol.asyncDispose]())

  it.each(meaningful)('%p in every member of a grant stays what it is', async (text) => {
    const { store } = place
    const grant = aGrant({ id: `${text} ${aGrant().id}`, clientId: text, userId: text, data: text })
    const first = aCredential({ hash: `${text} ${aCredential().hash}`, data: text })
    const second = aCredential({ hash: `${text} ${aCredential().hash}`, data: text })
    const third = aCredential({ hash: `${text} ${aCredential().hash}`, data: text, kind: 'access' })
    await store.issue(grant, [first], {})
    await redeemed(store, { ...first, grant: refOf(grant) }, second)
    await store.extend(refOf(grant), [third])
    for (const credential of [first, second, third]) {
      expect(await store.find(credential.hash)).toEqual({ ...credential, grant: refOf(grant) })
    }
    const replay = await store.redeem({ ...first, grant: refOf(grant) }, [aCredential()])
    expect(replay).toEqual({ status: 'replayed' })
    expect(await store.isRedeemed({ ...first, grant: refOf(grant) })).toBe(true)
    expect(await store.isRedeemed({ ...second, grant: refOf(grant) })).toBe(false)
    expect(await grantsOf(store, { userId: text, clientId: text })).toEqual([grant])
    await store.revokeAccessToken(third.hash)
    expect(await store.find(third.hash)).toBeNull()
    expect(await store.revoke({ clientId: text })).toBe(1)
  })

  it.each(meaningful)('%p as a key and a value of metadata stays what it is', async (text) => {
    const { store } = place
    const metadata = JSON.parse(JSON.stringify({ deep: [{ [text]: text, '': null }] })) as object
    Object.defineProperty(metadata, text, { value: { [text]: 1 }, enumerable: true })
    const client = aClient({ id: text, name: text, metadata: { ...metadata } })
    const user = aUser({ id: text, username: text, metadata: { ...metadata } })
    await store.createClient(client)
    await store.createUser(user)
    const record = aRecord({ key: `${text} ${user.version}`, data: text })
    await store.addRecord(record)
    expect(await store.takeRecord(record.key)).toEqual(record)
    expect(await store.getClient(text)).toEqual(client)
    expect(await store.getUser(text)).toEqual(user)
    expect(await store.getUserByUsername(text)).toEqual(user)
    await store.deleteClient(text)
    await store.deleteUser(text, t0)
    expect(await store.getClient(text)).toBeNull()
    expect(({} as Record<string, unknown>).deep).toBeUndefined()
  })

  it.each(foreign)('%p is no text and matches nothing', async (value) => {
    const { store } = place
    const given = value as never
    const { grant, credential } = await issued(store)
    await store.createClient(aClient({ id: 'a' }))
    const user = aUser({ id: 'a', username: 'a' })
    await store.createUser(user)
    const record = aRecord({ key: 'a' })
    await store.addRecord(record)
    expect(await store.find(given)).toBeNull()
    expect(await store.getClient(given)).toBeNull()
    expect(await store.getUser(given)).toBeNull()
    expect(await store.getUserByUsername(given)).toBeNull()
    expect(await store.getRecord(given)).toBeNull()
    expect(await store.takeRecord(given)).toBeNull()
    expect(await store.updateClient(aClient({ id: 'a' }), given)).toBe(false)
    expect(await store.updateUser(aUser({ id: 'a' }), given)).toBe(false)
    expect(await store.revoke({ grantId: given })).toBe(0)
    expect(await store.revoke({ clientId: given })).toBe(0)
    expect(await store.revoke({ userId: given })).toBe(0)
    expect(await store.revoke({ userId: given, clientId: grant.clientId })).toBe(0)
    expect(await grantsOf(store, { userId: given })).toEqual([])
    const odd = { ...credential, hash: given }
    expect(await store.redeem(odd, [aCredential()])).toEqual({ status: 'unknown' })
    const stray = { ...credential, grant: { ...credential.grant, id: given } }
    expect(await store.redeem(stray, [aCredential()])).toEqual({ status: 'revoked' })
    expect(await store.extend(stray.grant, [aCredential()])).toBe('revoked')
    await store.revokeAccessToken(given)
    await store.deleteClient(given)
    await store.deleteUser(given, t0)
    expect(await store.find(credential.hash)).toEqual(credential)
    expect(await store.getClient('a')).not.toBeNull()
    expect((await store.getUser('a'))?.username).toBe('a')
    expect(await store.getRecord('a')).not.toBeNull()
  })

  it('an error about what exists already tells none of it', async () => {
    const { store } = place
    const { grant, credential } = await issued(store)
    for (const [work, message] of [
      [() => store.issue(grant, [aCredential()], {}), 'A grant with that id exists'],
      [() => store.issue(aGrant(), [credential], {}), 'A credential with that hash exists'],
      [() => store.extend(refOf(grant), [credential]), 'A credential with that hash exists'],
      [
        () => store.redeem({ ...credential, grant: refOf(grant) }, [credential]),
        'A credential with that hash exists',
      ],
    ] as const) {
      const error = await work().catch((reason: Error) => reason)
      expect(error).toMatchObject({ message })
      const told = JSON.stringify(error, Object.getOwnPropertyNames(error))
      for (const value of [grant.id, credential.hash]) {
        expect(told).not.toContain(value)
      }
      expect((error as Error).cause).toBeUndefined()
    }
  })
})
