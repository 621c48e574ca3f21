import { randomUUID } from 'node:crypto'
import { type Passwords, authenticateUser, hashPassword, verifyPassword } from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import { scryptPasswords } from '../../src/crypto/password'
import { putUser } from '../support/records'

async function withUser(passwordHash: string) {
  const store = memoryStore()
  const record = { id: randomUUID(), username: `user-${randomUUID()}`, passwordHash }
  const user = await putUser(store, record)
  return { store, user }
}

/** Passwords that are stored as plain text, and the hashes that were verified. */
function plainPasswords(outdated = false) {
  const verified: string[] = []
  const passwords: Passwords = {
    hash: async (password) => `new:${password}`,
    async verify(password, hash) {
      verified.push(hash)
      return hash.endsWith(`:${password}`)
    },
    isOutdated: (hash) => outdated && hash.startsWith('old:'),
  }
  return { passwords, verified }
}

describe('authenticateUser()', () => {
  it('returns the user with that name and password', async () => {
    const { store, user } = await withUser(await hashPassword('correct horse'))
    expect(await authenticateUser(store, user.username, 'correct horse')).toEqual(user)
    expect(await authenticateUser(store, user.username, 'wrong')).toBeNull()
  })

  it('real clients 7: returns null for an unknown name, but verifies a password', async () => {
    const { store } = await withUser('new:x')
    const { passwords, verified } = plainPasswords()
    expect(await authenticateUser(store, 'nobody', 'x', passwords)).toBeNull()
    expect(verified).toHaveLength(1)
  })

  it('returns null for an unknown name, even if the password verifies', async () => {
    const passwords = { hash: async () => 'any', verify: async () => true }
    expect(await authenticateUser(memoryStore(), 'nobody', 'x', passwords)).toBeNull()
  })

  it.each(['User', 'user ', ' user'])('compares names exactly: %j differs', async (name) => {
    const store = memoryStore()
    await putUser(store, { id: '1', username: 'user', passwordHash: 'new:x' })
    const { passwords } = plainPasswords()
    expect(await authenticateUser(store, name, 'x', passwords)).toBeNull()
    expect(await authenticateUser(store, 'user', 'x', passwords)).toMatchObject({ id: '1' })
  })

  it('renews a hash with older parameters once its password is verified', async () => {
    const { store, user } = await withUser('old:x')
    const { passwords } = plainPasswords(true)
    expect(await authenticateUser(store, user.username, 'wrong', passwords)).toBeNull()
    expect(await hashOf(store, user.username)).toBe('old:x')
    expect(await authenticateUser(store, user.username, 'x', passwords)).toMatchObject({
      id: user.id,
    })
    expect(await hashOf(store, user.username)).toBe('new:x')
  })

  it('does not change a hash with the current parameters', async () => {
    const { store, user } = await withUser('new:x')
    const { passwords } = plainPasswords(true)
    await authenticateUser(store, user.username, 'x', passwords)
    expect(await hashOf(store, user.username)).toBe('new:x')
  })

  it('renews a scrypt hash of smaller parameters', async () => {
    // Of 'correct horse', with ln=10, r=8, p=1.
    const weak =
      '$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$A9lBa6RTbfBovWqamVIqXKovIl4Vk6OZyVojLJmYmSI'
    expect(scryptPasswords.isOutdated?.(weak)).toBe(true)
    const { store, user } = await withUser(weak)
    const { id } = user
    expect(await authenticateUser(store, user.username, 'correct horse')).toMatchObject({ id })
    const renewed = await hashOf(store, user.username)
    expect(scryptPasswords.isOutdated?.(renewed)).toBe(false)
    expect(await verifyPassword('correct horse', renewed)).toBe(true)
  })

  it.each([undefined, null, 7, {}, '', 'a\0', 'a'.repeat(256), '\ud800'])(
    'rejects with a TypeError for the name %p',
    async (username) => {
      const { store } = await withUser('new:x')
      await expect(authenticateUser(store, username as string, 'x')).rejects.toThrow(TypeError)
    },
  )

  it('rejects with a TypeError that names the fix for a store without users', async () => {
    await expect(authenticateUser({}, 'ada', 'x')).rejects.toThrow(
      new TypeError('The store keeps no users: set the option "users"'),
    )
  })
})

async function hashOf(store: MemoryStore, username: string): Promise<string> {
  return (await store.getUserByUsername(username))!.passwordHash
}
