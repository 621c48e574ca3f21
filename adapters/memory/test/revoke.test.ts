import { randomUUID } from 'node:crypto'
import { memoryStore } from '@oauth2-kit/memory'
import { aClient, aCredential, aUser, grantsOf, issued, redeemed, t0 } from '@oauth2-kit/testing'

/** Returns ids that are similar to `id` but not equal. */
function decoysOf(id: string): string[] {
  return [id.toUpperCase(), `${id} `, ` ${id}`, `${id}%`, `${id}\u0301`, id.slice(0, -1)]
}

async function survivors(
  store: ReturnType<typeof memoryStore>,
  grants: { credential: { hash: string } }[],
) {
  const found = await Promise.all(grants.map(({ credential }) => store.find(credential.hash)))
  return found.filter((one) => one !== null).length
}

describe('revoke()', () => {
  it('by grant: ends its credentials, and no other grant of its client and user', async () => {
    const store = memoryStore()
    const owner = { clientId: randomUUID(), userId: randomUUID() }
    const { grant, credential } = await issued(store, owner)
    const [next, access] = [aCredential(), aCredential({ kind: 'access' })]
    await redeemed(store, credential, next, access)
    const others = [await issued(store, owner), await issued(store, owner)]
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
    for (const { hash } of [credential, next, access]) expect(await store.find(hash)).toBeNull()
    expect(await survivors(store, others)).toBe(2)
  })

  it.each([
    ['grantId', 'id'],
    ['clientId', 'clientId'],
    ['userId', 'userId'],
  ] as const)('by %s: matches the exact id only', async (selector, member) => {
    const store = memoryStore()
    const id = `ümläut-${randomUUID()}`
    const { credential } = await issued(store, { [member]: id })
    const decoys = await Promise.all(
      decoysOf(id).map((decoy) => issued(store, { [member]: decoy })),
    )
    expect(await store.revoke({ [selector]: id } as never)).toBe(1)
    expect(await store.find(credential.hash)).toBeNull()
    expect(await survivors(store, decoys)).toBe(decoys.length)
  })

  it('by client: ends all its grants, with and without a user', async () => {
    const store = memoryStore()
    const clientId = randomUUID()
    const gone = [
      await issued(store, { clientId }),
      await issued(store, { clientId }),
      await issued(store, { clientId, userId: null }),
    ]
    const others = [await issued(store), await issued(store, { userId: clientId })]
    expect(await store.revoke({ clientId })).toBe(3)
    expect(await survivors(store, gone)).toBe(0)
    expect(await survivors(store, others)).toBe(2)
  })

  it('by user: ends all grants of the user, at every client', async () => {
    const store = memoryStore()
    const userId = randomUUID()
    const gone = [await issued(store, { userId }), await issued(store, { userId })]
    const others = [await issued(store), await issued(store, { userId: null, clientId: userId })]
    expect(await store.revoke({ userId })).toBe(2)
    expect(await survivors(store, gone)).toBe(0)
    expect(await survivors(store, others)).toBe(2)
  })

  it('by user and client: ends only the grants of that user at that client', async () => {
    const store = memoryStore()
    const [userId, clientId] = [randomUUID(), randomUUID()]
    const gone = [
      await issued(store, { userId, clientId }),
      await issued(store, { userId, clientId }),
    ]
    const others = [await issued(store, { userId }), await issued(store, { clientId })]
    expect(await store.revoke({ userId, clientId })).toBe(2)
    expect(await survivors(store, gone)).toBe(0)
    expect(await survivors(store, others)).toBe(2)
  })

  it('returns 0 if nothing matches or the grant is already revoked', async () => {
    const store = memoryStore()
    const { grant } = await issued(store)
    expect(await store.revoke({ grantId: randomUUID() })).toBe(0)
    expect(await store.revoke({ userId: randomUUID() })).toBe(0)
    expect(await store.revoke({ clientId: randomUUID() })).toBe(0)
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
    expect(await store.revoke({ grantId: grant.id })).toBe(0)
  })

  it('counts grants, not credentials', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    await redeemed(store, credential, aCredential(), aCredential({ kind: 'access' }))
    expect(await store.revoke({ clientId: grant.clientId })).toBe(1)
  })

  it('wins over concurrent calls of redeem() and extend()', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    const successors = Array.from({ length: 20 }, () => aCredential())
    const redeeming = successors.map((one) => store.redeem(credential, [one]))
    const extending = successors.map(() => store.extend(credential.grant, [aCredential()]))
    await store.revoke({ grantId: grant.id })
    await Promise.allSettled([...redeeming, ...extending])
    const found = await Promise.all(successors.map(({ hash }) => store.find(hash)))
    expect(found.every((one) => one === null)).toBe(true)
    expect(await grantsOf(store, { grantId: grant.id })).toEqual([])
  })
})

describe('revokeAccessToken()', () => {
  it('ends one access token, and nothing else of its grant', async () => {
    const store = memoryStore()
    const { credential } = await issued(store)
    const [next, access] = [aCredential(), aCredential({ kind: 'access' })]
    await redeemed(store, credential, next, access)
    await store.revokeAccessToken(access.hash)
    expect(await store.find(access.hash)).toBeNull()
    expect(await store.find(next.hash)).not.toBeNull()
    await redeemed(store, { ...next, grant: credential.grant }, aCredential())
  })

  it('keeps the redemption mark if that token was the only successor of a code', async () => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { kind: 'code' })
    const access = aCredential({ kind: 'access' })
    await redeemed(store, credential, access)
    await store.revokeAccessToken(access.hash)
    expect(await store.find(access.hash)).toBeNull()
    const again = aCredential()
    expect(await store.redeem(credential, [again])).toEqual({ status: 'replayed' })
    expect(await store.find(again.hash)).toBeNull()
  })

  it('keeps the grant listed and revocable while it has other credentials', async () => {
    const store = memoryStore()
    const { grant, credential } = await issued(store)
    const access = aCredential({ kind: 'access' })
    await store.extend(credential.grant, [access])
    await store.revokeAccessToken(access.hash)
    expect(await grantsOf(store, { clientId: grant.clientId })).toEqual([grant])
    expect(await store.revoke({ grantId: grant.id })).toBe(1)
  })

  it('resolves for an unknown hash', async () => {
    await expect(memoryStore().revokeAccessToken('unknown')).resolves.toBeUndefined()
  })

  it.each(['code', 'refresh', 'used'] as const)('does not end a "%s" credential', async (kind) => {
    const store = memoryStore()
    const { credential } = await issued(store, {}, { kind })
    await store.revokeAccessToken(credential.hash)
    expect(await store.find(credential.hash)).toEqual(credential)
  })
})

describe('deleteClient() and deleteUser()', () => {
  it('deleteClient() revokes the grants of that client only', async () => {
    const store = memoryStore()
    const [client, other] = [aClient(), aClient()]
    await store.createClient(client)
    await store.createClient(other)
    const gone = await issued(store, { clientId: client.id })
    const kept = await issued(store, { clientId: other.id })
    await store.deleteClient(client.id)
    expect(await store.getClient(client.id)).toBeNull()
    expect(await store.find(gone.credential.hash)).toBeNull()
    expect(await store.getClient(other.id)).toEqual(other)
    expect(await store.find(kept.credential.hash)).not.toBeNull()
  })

  it('deleteUser() revokes the grants of that user only, and frees the name', async () => {
    const store = memoryStore()
    const [user, other] = [aUser(), aUser()]
    await store.createUser(user)
    await store.createUser(other)
    const gone = await issued(store, { userId: user.id })
    const kept = await issued(store, { userId: other.id })
    await store.deleteUser(user.id, t0)
    expect(await store.getUser(user.id)).toBeNull()
    expect(await store.getUserByUsername(user.username)).toBeNull()
    expect(await store.find(gone.credential.hash)).toBeNull()
    expect(await store.getUser(other.id)).toEqual(other)
    expect(await store.find(kept.credential.hash)).not.toBeNull()
    expect(await store.createUser(aUser({ username: user.username }))).toBe(true)
  })

  it('revoke the grants of a client or user that the store does not have', async () => {
    const store = memoryStore()
    const [one, other] = [await issued(store), await issued(store, { createdAt: t0 + 1 })]
    await store.deleteClient(one.grant.clientId)
    await store.deleteUser(other.grant.userId!, t0)
    expect(await store.find(one.credential.hash)).toBeNull()
    expect(await store.find(other.credential.hash)).toBeNull()
  })
})
