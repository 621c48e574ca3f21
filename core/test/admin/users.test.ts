import {
  type Store,
  authenticateUser,
  createUser,
  deleteUser,
  getUser,
  listUsers,
  setPassword,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { issueGrant } from './issue-grant'
import { passwords } from '../support/quick-passwords'

const password = 'a long password'
const ada = { username: 'ada', password }

describe('createUser()', () => {
  it('adds a user with a random id, who can sign in', async () => {
    const store = memoryStore()
    const user = await createUser(store, { ...ada, metadata: { locale: 'en' } })
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      username: 'ada',
      passwordHash: expect.stringMatching(/^\$scrypt\$/),
      version: expect.stringMatching(/^[0-9a-f]{32}$/),
      metadata: { locale: 'en' },
    })
    expect(await authenticateUser(store, 'ada', password)).toEqual(user)
  })

  it('hashes the password with the given `passwords`', async () => {
    const { passwordHash } = await createUser(memoryStore(), ada, { passwords })
    expect(passwordHash).toBe(`<${password}>`)
  })

  it('rejects with an Error if the username exists, and does not change that user', async () => {
    const store = memoryStore()
    const user = await createUser(store, ada, { passwords })
    const again = createUser(store, { ...ada, password: 'another password' })
    await expect(again).rejects.toThrow('A user with the name "ada" already exists')
    expect(await store.getUserByUsername('ada')).toEqual(user)
  })

  it('creates only one of two concurrent users with the same name', async () => {
    const store = memoryStore()
    const made = await Promise.allSettled([1, 2].map(() => createUser(store, ada, { passwords })))
    expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it.each<[string, object, string]>([
    ['an id', { id: '1' }, 'Unknown option "id" of createUser(). The options are username,'],
    ['metadata that is an array', { metadata: [1] }, '"metadata" must be a plain object'],
    ['metadata with a BigInt', { metadata: { a: 1n } }, '"metadata" must be serializable as JSON'],
    ['no username', { username: undefined }, '"username" must be a string'],
    ['an empty username', { username: '' }, '"username" must not be empty'],
    ['an over-long username', { username: 'a'.repeat(256) }, '"username" must have at most 255'],
    ['no password', { password: undefined }, '"password" must have at least 8 characters'],
    ['a short password', { password: '1234567' }, '"password" must have at least 8 characters'],
    ['a password with NUL', { password: '1234567\0' }, '"password" must be well-formed'],
  ])('rejects %s with a TypeError that explains it', async (_what, wrong, message) => {
    const made = createUser(memoryStore(), { ...ada, ...wrong })
    await expect(made).rejects.toThrow(TypeError)
    await expect(made).rejects.toThrow(message)
  })
})

describe('setPassword()', () => {
  it('replaces the password and keeps everything else', async () => {
    const store = memoryStore()
    const before = await createUser(store, { ...ada, metadata: { locale: 'en' } }, { passwords })
    const { hash } = await issueGrant(store, { userId: before.id })
    const after = await setPassword(store, 'ada', 'another password')
    expect(after).toEqual({ ...before, passwordHash: expect.any(String), version: after.version })
    expect(after.version).not.toBe(before.version)
    expect(after.passwordHash).toMatch(/^\$scrypt\$/)
    expect(await authenticateUser(store, 'ada', password)).toBeNull()
    expect(await authenticateUser(store, 'ada', 'another password')).toEqual(after)
    expect(await store.find(hash)).not.toBeNull()
  })

  it('rejects for an unknown user and a short password, and saves nothing', async () => {
    const store = memoryStore()
    const user = await createUser(store, ada, { passwords })
    await expect(setPassword(store, 'bob', password)).rejects.toThrow('There is no user "bob"')
    await expect(setPassword(store, 'ada', 'short')).rejects.toThrow(TypeError)
    expect(await store.getUserByUsername('ada')).toEqual(user)
    expect(await store.getUserByUsername('bob')).toBeNull()
  })
})

describe('concurrent changes', () => {
  const outdated = { ...passwords, isOutdated: () => true }

  it('F8: a sign-in that renews the hash does not undo a password change', async () => {
    const store = memoryStore()
    await createUser(store, ada, { passwords })
    const slow = {
      ...store,
      async updateUser(...args: Parameters<typeof store.updateUser>) {
        await setPassword(store, 'ada', 'another password', { passwords })
        return store.updateUser(...args)
      },
    }
    await authenticateUser(slow, 'ada', password, outdated)
    expect(await authenticateUser(store, 'ada', password, passwords)).toBeNull()
    expect(await authenticateUser(store, 'ada', 'another password', passwords)).not.toBeNull()
  })

  it('F8: a sign-in that renews the hash does not restore a deleted user', async () => {
    const store = memoryStore()
    await createUser(store, ada, { passwords })
    const slow = {
      ...store,
      async updateUser(...args: Parameters<typeof store.updateUser>) {
        await deleteUser(store, 'ada')
        return store.updateUser(...args)
      },
    }
    expect(await authenticateUser(slow, 'ada', password, outdated)).toBeNull()
    expect(await store.getUserByUsername('ada')).toBeNull()
  })
})

it('F13: a password that is changed during its verification is wrong', async () => {
  const store = memoryStore()
  await createUser(store, ada, { passwords })
  const slow = {
    ...passwords,
    async verify(text: string, hash: string) {
      await setPassword(store, 'ada', 'another password', { passwords })
      return passwords.verify(text, hash)
    },
  }
  expect(await authenticateUser(store, 'ada', password, slow)).toBeNull()
})

describe('getUser() and listUsers()', () => {
  it('return the user with that name, and all users ordered by id', async () => {
    const store = memoryStore()
    const users = [await createUser(store, ada, { passwords })]
    users.push(await createUser(store, { ...ada, username: 'bob' }, { passwords }))
    expect(await getUser(store, 'ada')).toEqual(users[0])
    expect(await getUser(store, 'eve')).toBeNull()
    const ids: string[] = []
    for await (const { id } of listUsers(store, { pageSize: 1 })) ids.push(id)
    expect(ids).toEqual(users.map(({ id }) => id).toSorted())
  })
})

describe('deleteUser()', () => {
  it("deletes the user and the user's grants, and returns whether the user existed", async () => {
    const store = memoryStore()
    const user = await createUser(store, ada, { passwords })
    const { hash } = await issueGrant(store, { userId: user.id })
    const other = await issueGrant(store)
    expect(await deleteUser(store, 'ada')).toBe(true)
    expect(await store.getUserByUsername('ada')).toBeNull()
    expect(await store.find(hash)).toBeNull()
    expect(await store.find(other.hash)).not.toBeNull()
    expect(await deleteUser(store, 'ada')).toBe(false)
  })

  it('rejects if the store returns a user whose name differs in case', async () => {
    const store = memoryStore()
    await createUser(store, ada, { passwords })
    const lax = {
      ...store,
      getUserByUsername: (name: string) => store.getUserByUsername(name.toLowerCase()),
    }
    await expect(deleteUser(lax, 'ADA')).rejects.toThrow(
      "The store's getUserByUsername() returned a user with another name: compare names exactly",
    )
    expect(await store.getUserByUsername('ada')).not.toBeNull()
  })
})

it('rejects with a TypeError if the store keeps no users', async () => {
  const { getUserByUsername: _, createUser: __, deleteUser: ___, ...withoutUsers } = memoryStore()
  const store: Store = withoutUsers
  const message = 'The store keeps no users: manage users in your application'
  await expect(createUser(store, ada, { passwords })).rejects.toThrow(new TypeError(message))
  await expect(setPassword(store, 'ada', password)).rejects.toThrow(new TypeError(message))
  await expect(deleteUser(store, 'ada')).rejects.toThrow(new TypeError(message))
})
