import type { Store } from '@oauth2-kit/core'
import { OptionError, withKeyRules } from '@oauth2-kit/core/store-kit'
import { memoryStore } from '@oauth2-kit/memory'
import { aClient, aCredential, aGrant, aRecord, aUser, all, issued } from '@oauth2-kit/testing'

const notKeys = [
  undefined,
  null,
  7,
  true,
  {},
  ['k'],
  { toString: 1 },
  { $gt: '' },
  '',
  'x\0',
  '\ud800',
  'x'.repeat(256),
] as unknown as string[]

/** A store whose methods must not be called. */
const untouched = withKeyRules(
  new Proxy(memoryStore(), {
    get: (store, name) =>
      typeof Reflect.get(store, name) === 'function'
        ? () => Promise.reject(new Error(`${String(name)}() was called`))
        : Reflect.get(store, name),
  }) as Required<Store>,
)

describe.each(notKeys.map((value) => ({ value })))('a store, for the key $value', ({ value }) => {
  const grant = { id: value, clientId: 'client', userId: null }

  it('finds nothing', async () => {
    const found = await Promise.all([
      untouched.find(value),
      untouched.getClient(value),
      untouched.getUser(value),
      untouched.getUserByUsername(value),
      untouched.getRecord(value),
      untouched.takeRecord(value),
    ])
    expect(found).toEqual(found.map(() => null))
    const selectors = [
      { grantId: value },
      { userId: value },
      { clientId: value },
      { userId: value, clientId: 'client' },
      ...(value === undefined ? [] : [{ userId: 'user', clientId: value }]),
    ]
    for (const selector of selectors) {
      expect(await untouched.listGrants(selector, all)).toEqual({ grants: [], next: null })
      expect(await untouched.revoke(selector)).toBe(0)
    }
  })

  it('redeems, extends, updates and deletes nothing', async () => {
    const old = { ...aCredential(), grant: { ...grant, id: 'grant' } }
    const next = [aCredential()]
    expect(await untouched.redeem({ ...old, hash: value }, next)).toEqual({ status: 'unknown' })
    expect(await untouched.redeem({ ...old, grant }, next)).toEqual({ status: 'revoked' })
    expect(await untouched.isRedeemed({ ...old, hash: value })).toBe(false)
    expect(await untouched.isRedeemed({ ...old, grant })).toBe(false)
    expect(await untouched.extend(grant, next)).toBe('revoked')
    expect(await untouched.updateClient(aClient(), value)).toBe(false)
    expect(await untouched.updateUser(aUser(), value)).toBe(false)
    await untouched.revokeAccessToken(value)
    await untouched.deleteClient(value)
    await untouched.deleteUser(value, 0)
    if (value === undefined) return
    expect(await untouched.issue(aGrant(), [aCredential()], { clientVersion: value })).toBe(
      'refused',
    )
    // An empty text stands for the start.
    if (value === '') return
    expect(await untouched.listClients({ after: value, limit: 1 })).toEqual([])
    expect(await untouched.listUsers({ after: value, limit: 1 })).toEqual([])
  })

  it('rejects a write with an OptionError that names it', async () => {
    const next = [aCredential({ hash: value })]
    const old = { ...aCredential(), grant: { ...grant, id: 'grant' } }
    const writes: [name: string, write: () => Promise<unknown>][] = [
      ['grant.id', () => untouched.issue(aGrant({ id: value }), [aCredential()], {})],
      ['clientId', () => untouched.issue(aGrant({ clientId: value }), [aCredential()], {})],
      ...(value === null
        ? []
        : [
            ['userId', () => untouched.issue(aGrant({ userId: value }), [aCredential()], {})] as [
              string,
              () => Promise<unknown>,
            ],
          ]),
      ['hash', () => untouched.issue(aGrant(), next, {})],
      ['hash', () => untouched.redeem(old, next)],
      ['clientId', () => untouched.extend({ ...old.grant, clientId: value }, [aCredential()])],
      ['hash', () => untouched.extend(old.grant, next)],
      ['key', () => untouched.addRecord(aRecord({ key: value }))],
      ['id', () => untouched.createClient(aClient({ id: value }))],
      ['version', () => untouched.createClient(aClient({ version: value }))],
      ['version', () => untouched.updateClient(aClient({ version: value }), 'before')],
      ['id', () => untouched.createUser(aUser({ id: value }))],
      ['username', () => untouched.createUser(aUser({ username: value }))],
      ['username', () => untouched.updateUser(aUser({ username: value }), 'before')],
    ]
    for (const [name, write] of writes) {
      const error: unknown = await write().catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(OptionError)
      expect((error as OptionError).option).toBe(name)
      expect((error as OptionError).message).toBe(
        `"${name}" must be text of 1 to 255 characters, well-formed and without NUL`,
      )
    }
  })
})

describe('a store', () => {
  it('rejects a grant without credentials, and a redemption without successors', async () => {
    const store = memoryStore()
    await expect(untouched.issue(aGrant(), [], {})).rejects.toThrow(
      'A grant needs at least one credential',
    )
    const { credential } = await issued(store)
    await expect(untouched.redeem(credential, [])).rejects.toThrow(
      'Redeeming a credential needs at least one successor',
    )
  })

  it('rejects two credentials with the same hash', async () => {
    const twice = [aCredential({ hash: 'same' }), aCredential({ hash: 'same' })]
    const old = { ...aCredential(), grant: { id: 'grant', clientId: 'client', userId: null } }
    const message = 'A credential with that hash exists'
    await expect(untouched.issue(aGrant(), twice, {})).rejects.toThrow(message)
    await expect(untouched.redeem(old, twice)).rejects.toThrow(message)
    await expect(untouched.extend(old.grant, twice)).rejects.toThrow(message)
  })

  it('lists nothing after a cursor that is not text', async () => {
    const page = { after: 7 as never, limit: 1 }
    expect(await untouched.listGrants({ userId: 'user' }, page)).toEqual({ grants: [], next: null })
  })

  it('may have its methods on its prototype', async () => {
    const store = withKeyRules(Object.create(memoryStore()) as Required<Store>)
    const { credential } = await issued(store)
    expect(await store.find(credential.hash)).toEqual(credential)
    expect(await store.purge({ credentials: 0, shortLived: 0 }, 1)).toEqual({
      deleted: 0,
      more: false,
    })
    expect(await store.check()).toEqual([])
    expect(store.supports.contract).toBe(1)
    expect(await store.getUser('user')).toBeNull()
  })

  it('without users gets no methods for users', () => {
    const { getUser: _, ...without } = memoryStore()
    const store: Partial<Store> = withKeyRules(without as Store)
    expect(store.getUser).toBeUndefined()
  })
})
