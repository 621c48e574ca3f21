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

/** Strings with a meaning in MongoDB: field paths, variables, operators, keys. */
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

/** Values that are not strings and might match something. */
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

  it.each(meaningful)('%p in every member of a grant is stored unchanged', async (text) => {
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

  it.each(meaningful)('%p as a key and a value of metadata is stored unchanged', async (text) => {
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

  it.each(foreign)('%p is not a string and matches nothing', async (value) => {
    const { store } = place
    const input = value as never
    const { grant, credential } = await issued(store)
    await store.createClient(aClient({ id: 'a' }))
    const user = aUser({ id: 'a', username: 'a' })
    await store.createUser(user)
    const record = aRecord({ key: 'a' })
    await store.addRecord(record)
    expect(await store.find(input)).toBeNull()
    expect(await store.getClient(input)).toBeNull()
    expect(await store.getUser(input)).toBeNull()
    expect(await store.getUserByUsername(input)).toBeNull()
    expect(await store.getRecord(input)).toBeNull()
    expect(await store.takeRecord(input)).toBeNull()
    expect(await store.updateClient(aClient({ id: 'a' }), input)).toBe(false)
    expect(await store.updateUser(aUser({ id: 'a' }), input)).toBe(false)
    expect(await store.revoke({ grantId: input })).toBe(0)
    expect(await store.revoke({ clientId: input })).toBe(0)
    expect(await store.revoke({ userId: input })).toBe(0)
    expect(await store.revoke({ userId: input, clientId: grant.clientId })).toBe(0)
    expect(await grantsOf(store, { userId: input })).toEqual([])
    const odd = { ...credential, hash: input }
    expect(await store.redeem(odd, [aCredential()])).toEqual({ status: 'unknown' })
    const stray = { ...credential, grant: { ...credential.grant, id: input } }
    expect(await store.redeem(stray, [aCredential()])).toEqual({ status: 'revoked' })
    expect(await store.extend(stray.grant, [aCredential()])).toBe('revoked')
    await store.revokeAccessToken(input)
    await store.deleteClient(input)
    await store.deleteUser(input, t0)
    expect(await store.find(credential.hash)).toEqual(credential)
    expect(await store.getClient('a')).not.toBeNull()
    expect((await store.getUser('a'))?.username).toBe('a')
    expect(await store.getRecord('a')).not.toBeNull()
  })

  it('an error for an existing id or hash does not contain it', async () => {
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
      const serialized = JSON.stringify(error, Object.getOwnPropertyNames(error))
      for (const value of [grant.id, credential.hash]) {
        expect(serialized).not.toContain(value)
      }
      expect((error as Error).cause).toBeUndefined()
    }
  })
})
