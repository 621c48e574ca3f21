import { prismaStore } from '@oauth2-kit/prisma'
import { DuplicateError, isMissing, isMissingParent, isTransient } from '../src/errors'
import { credentialRow } from '../src/rows'
import { type AnyClient, clientFor, describeEngines } from './support/engines'
import {
  aClient,
  aCredential,
  aGrant,
  aHash,
  aRecord,
  aUser,
  issued,
  refOf,
} from '@oauth2-kit/testing'

describeEngines((place) => {
  let client: AnyClient
  beforeAll(() => {
    client = clientFor(place.url)
  })
  afterAll(() => client.$disconnect())

  it('the error for a duplicate contains no value', async () => {
    const store = prismaStore(client)
    const { grant, credential } = await issued(store)
    const taken = await store.issue(aGrant(), [credential], {}).catch((error: unknown) => error)
    const again = await store.issue(grant, [aCredential()], {}).catch((error: unknown) => error)
    for (const error of [taken, again]) {
      expect(error).toBeInstanceOf(DuplicateError)
      expect((error as Error).cause).toBeUndefined()
      expect((error as Error).message).not.toContain(credential.hash)
    }
  })

  it('a foreign key violation is distinguished from a missing table', async () => {
    const row = credentialRow(aCredential(), refOf(aGrant()))
    const error = await client.oAuthCredential.createMany({ data: [row] }).catch((thrown) => thrown)
    expect([isMissingParent(error), isMissing(error), isTransient(error)]).toEqual([
      true,
      false,
      false,
    ])
    const missing = await client.apiGrant.findMany().catch((thrown: unknown) => thrown)
    expect([isMissingParent(missing), isMissing(missing), isTransient(missing)]).toEqual([
      false,
      true,
      false,
    ])
  })

  it('the error for a query that Prisma refuses does not contain the arguments', async () => {
    const store = prismaStore(client)
    const secretHash = aHash()
    const credential = { ...aCredential({ data: secretHash }), kind: 7 as never }
    const error = await store.issue(aGrant(), [credential], {}).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    const { message, stack } = error as Error
    expect(message).toContain('Prisma refused the query')
    for (const value of [secretHash, credential.hash]) expect(message + stack).not.toContain(value)
  })

  it('an undefined selector matches nothing', async () => {
    const store = prismaStore(client)
    const { credential } = await issued(store)
    const nothing = undefined as never
    expect(await store.revoke({ userId: nothing })).toBe(0)
    expect(await store.revoke({ clientId: nothing })).toBe(0)
    expect(await store.revoke({ grantId: nothing })).toBe(0)
    expect(await store.revoke({} as never)).toBe(0)
    expect(await store.listGrants({ userId: nothing }, { limit: 9 })).toEqual({
      grants: [],
      next: null,
    })
    await store.deleteClient(nothing)
    await store.deleteUser(nothing, Date.now())
    await store.revokeAccessToken(nothing)
    expect(await store.find(nothing)).toBeNull()
    expect(await store.find(credential.hash)).toEqual(credential)
  })

  it.each([0, 1, true, {}, { not: '' }, ['a'], null, 'a\0', '\ud800', 'x'.repeat(256)])(
    '%p matches nothing',
    async (value) => {
      const store = prismaStore(client)
      const input = value as never
      const { credential } = await issued(store)
      expect(await store.find(input)).toBeNull()
      expect(await store.getClient(input)).toBeNull()
      expect(await store.getUser(input)).toBeNull()
      expect(await store.getUserByUsername(input)).toBeNull()
      expect(await store.getRecord(input)).toBeNull()
      expect(await store.takeRecord(input)).toBeNull()
      expect(await store.updateClient(aClient(), input)).toBe(false)
      expect(await store.updateUser(aUser(), input)).toBe(false)
      const page = { after: input, limit: 9 }
      expect(await store.listGrants({ grantId: credential.grant.id }, page)).toEqual({
        grants: [],
        next: null,
      })
      expect(await store.redeem({ ...credential, hash: input }, [aCredential()])).toEqual({
        status: 'unknown',
      })
      const stray = { ...credential.grant, id: input }
      expect(await store.redeem({ ...credential, grant: stray }, [aCredential()])).toEqual({
        status: 'revoked',
      })
      expect(await store.extend(stray, [aCredential()])).toBe('revoked')
      await expect(store.addRecord(aRecord({ key: input }))).rejects.toThrow(TypeError)
      await expect(store.createClient(aClient({ id: input }))).rejects.toThrow(TypeError)
      await expect(store.createClient(aClient({ version: input }))).rejects.toThrow(TypeError)
      await expect(store.createUser(aUser({ username: input }))).rejects.toThrow(TypeError)
    },
  )

  it('a grant id does not match as a hash, nor a hash as a grant id', async () => {
    const store = prismaStore(client)
    const { grant, credential } = await issued(store)
    expect(await store.find(grant.id)).toBeNull()
    expect(await store.revoke({ grantId: credential.hash })).toBe(0)
    expect(await store.extend({ ...refOf(grant), id: credential.hash }, [aCredential()])).toBe(
      'revoked',
    )
  })

  it('calls reject if the client cannot reach its database', async () => {
    const nowhere: Record<string, string> = {
      postgresql: 'postgres://test:test@127.0.0.1:1/none',
      mysql: 'mysql://root:test@127.0.0.1:1/none',
      sqlite: 'file:///nowhere/at/all.db',
    }
    const lost = clientFor(nowhere[place.provider]!, { patience: 500 })
    const store = prismaStore(lost)
    await expect(store.find(aHash())).rejects.toHaveProperty('message')
    const stray = { ...aCredential(), grant: refOf(aGrant()) }
    await expect(store.redeem(stray, [aCredential()])).rejects.toHaveProperty('message')
    await lost.$disconnect()
  })
})
