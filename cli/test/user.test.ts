import { PassThrough } from 'node:stream'
import { authenticateUser } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { aUser } from '@oauth2-kit/testing'
import { command, json } from './support/command-line'

const password = 'a long password'

async function withUser() {
  const store = memoryStore()
  const user = await json(['user', 'create', 'ada'], { store, input: password })
  return { store, user }
}

describe('user create', () => {
  it('adds a user who can sign in, and prints neither the password nor its hash', async () => {
    const store = memoryStore()
    const argv = ['user', 'create', 'ada', '--metadata', '{"locale":"en"}']
    const { code, stdout } = await command(argv, { store, input: `${password}\n` })
    expect(code).toBe(0)
    const user = await authenticateUser(store, 'ada', password)
    expect(user).toMatchObject({ username: 'ada', metadata: { locale: 'en' } })
    expect(stdout).toContain(user!.id)
    expect(stdout).not.toContain(password)
    expect(stdout).not.toContain('scrypt')
  })

  it.each([
    ['a variable', ['--password-env', 'PASSWORD'], { env: { PASSWORD: password } }],
    ['the standard input', [], { input: password }],
    ['a line of the standard input', [], { input: `${password}\r\n` }],
  ])('reads the password from %s', async (_what, options, around) => {
    const store = memoryStore()
    await json(['user', 'create', 'ada', ...options], { store, ...around })
    expect(await authenticateUser(store, 'ada', password)).not.toBeNull()
  })

  it('asks for the password twice at a terminal, and does not echo it', async () => {
    const store = memoryStore()
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: jest.fn() })
    stdin.write(`${password}\r${password}\r`)
    const { code, stdout, stderr } = await command(['user', 'create', 'ada'], { store, stdin })
    expect([code, stderr]).toEqual([0, 'password: \npassword again: \n'])
    expect(stdout).not.toContain(password)
    expect(stdin.setRawMode.mock.calls).toEqual([[true], [false]])
    expect(await authenticateUser(store, 'ada', password)).not.toBeNull()
  })

  it('exits with 2 if the two inputs differ', async () => {
    const store = memoryStore()
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: jest.fn() })
    stdin.write(`${password}\r${password}x\r`)
    const { code, stderr } = await command(['user', 'create', 'ada'], { store, stdin })
    expect([code, stderr]).toEqual([
      2,
      'password: \npassword again: \noauth2-kit: the two inputs differ, so no password was set\n',
    ])
    expect(await store.getUserByUsername('ada')).toBeNull()
  })

  it('exits with 130 if the prompt is interrupted', async () => {
    const store = memoryStore()
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: jest.fn() })
    stdin.write('\u0003')
    const { code, stderr } = await command(['user', 'create', 'ada'], { store, stdin })
    expect([code, stderr]).toEqual([130, 'password: \noauth2-kit: interrupted by SIGINT\n'])
    expect(await store.getUserByUsername('ada')).toBeNull()
  })

  it.each<[string[], string, string]>([
    [['--password', password], '', 'the password must not be on the command line: use --password-'],
    [['--password-env', 'NO'], '', '--password-env: the variable "NO" is not set'],
    [[], '', 'the standard input has no password'],
    [[], 'short', 'the password must have at least 8 characters'],
    [[], 'a'.repeat(70_000), 'the standard input has more than 65536 bytes'],
  ])('%j and %.5j: exits with 2, and says why', async (options, input, message) => {
    const store = memoryStore()
    const argv = ['user', 'create', 'ada', ...options]
    const { code, stderr } = await command(argv, { store, input })
    expect(code).toBe(2)
    expect(stderr).toContain(`oauth2-kit: ${message}`)
    expect(await store.getUserByUsername('ada')).toBeNull()
  })

  it('exits with 1 if the name exists or the store keeps no users', async () => {
    const { store } = await withUser()
    const again = await command(['user', 'create', 'ada'], { store, input: password })
    expect([again.code, again.stderr]).toEqual([
      1,
      'oauth2-kit: A user with the name "ada" already exists: choose another name\n',
    ])
    const { getUserByUsername: _, ...withoutUsers } = memoryStore()
    const other = await command(['user', 'create', 'ada'], { store: withoutUsers, input: password })
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining('The store keeps no users'),
    ])
  })
})

describe('user set-password', () => {
  it('sets the new password; --revoke also revokes the grants of the user', async () => {
    const { store, user } = await withUser()
    const issue = { id: 'a', clientId: 'album', userId: user['id'] as string, createdAt: 1 }
    const access = { hash: 'a'.repeat(64), kind: 'access', createdAt: 1, expiresAt: null } as const
    await store.issue({ ...issue, data: '{}' }, [{ ...access, data: '{}' }], {})
    const argv = ['user', 'set-password', 'ada']
    await json(argv, { store, input: 'another password' })
    expect(await authenticateUser(store, 'ada', password)).toBeNull()
    expect(await authenticateUser(store, 'ada', 'another password')).not.toBeNull()
    expect(await store.find(access.hash)).not.toBeNull()
    await json([...argv, '--revoke'], { store, input: 'a third password' })
    expect(await store.find(access.hash)).toBeNull()
  })
})

describe('user delete', () => {
  it('deletes the user; exits with 1 if the user does not exist', async () => {
    const { store } = await withUser()
    expect(await json(['user', 'delete', 'ada'], { store })).toEqual({ deleted: 'ada' })
    expect(await store.getUserByUsername('ada')).toBeNull()
    const { code, stderr } = await command(['user', 'delete', 'ada'], { store })
    expect([code, stderr]).toEqual([1, 'oauth2-kit: There is no user "ada"\n'])
  })
})

describe('user list, and user show', () => {
  it('show the users, without the hashes of their passwords', async () => {
    const { store, user } = await withUser()
    expect(user).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), username: 'ada' })
    expect(await json(['user', 'list'], { store })).toEqual([user])
    expect(await json(['user', 'show', 'ada'], { store })).toEqual(user)
    const { stdout } = await command(['user', 'list'], { store })
    expect(stdout).toBe(`ID${' '.repeat(30)}  USERNAME\n${String(user['id'])}  ada\n`)
  })

  it('list users beyond one page of the store', async () => {
    const store = memoryStore()
    const users = Array.from({ length: 201 }, () => aUser())
    for (const one of users) await store.createUser(one)
    const listed = await json<{ id: string }[]>(['user', 'list'], { store })
    expect(listed.map(({ id }) => id)).toEqual(users.map(({ id }) => id).toSorted())
    expect(JSON.stringify(listed)).not.toMatch(/passwordHash|version/)
  })

  it('say so if there is no user', async () => {
    const { store } = await withUser()
    const shown = await command(['user', 'show', 'bob'], { store })
    expect([shown.code, shown.stderr]).toEqual([1, 'oauth2-kit: There is no user "bob"\n'])
    const listed = await command(['user', 'list'], { store: memoryStore() })
    expect([listed.code, listed.stdout]).toEqual([0, 'There are no users.\n'])
  })
})
