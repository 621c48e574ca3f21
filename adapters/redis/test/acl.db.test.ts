import { randomBytes } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { Store } from '@oauth2-kit/core'
import type { RedisClient, RedisStore, RedisStoreOptions } from '@oauth2-kit/redis'
import { all, before } from '@oauth2-kit/testing'
import type { RedisOptions } from 'ioredis'
import {
  client as aClient,
  fresh,
  issued,
  rotated,
  successors,
  user as aUser,
} from './support/given'
import { type Place, onServers } from './support/on-servers'
import { mastersOf } from './support/servers'

const sources = path.join(__dirname, '../src')
const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8')
/** Returns the rules of the ACL user in the README. */
function documentedRules(): string[] {
  const [, rules = ''] = /ACL SETUSER oauth ([^`]*?)\s*```/.exec(readme) ?? []
  return rules.split(/[\s\\]+/).filter((rule) => rule !== '')
}

/** Returns the commands in sources, by the pattern whose first group is the name. */
function commandsIn(folder: string, pattern: RegExp): Set<string> {
  const names = readdirSync(folder, { encoding: 'utf8' })
  const texts = names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
  return new Set(
    texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name.toUpperCase())),
  )
}

/** The commands that the scripts run, and those that the store sends. */
const used = [
  ...new Set([
    ...commandsIn(path.join(sources, 'scripts'), /redis\.call\('(\w+)'/g),
    ...commandsIn(sources, /\b(?:send|write|via)(?:<.+?>)?\(\s*'(\w+)'/g),
  ]),
]
/** Commands of ioredis itself, of `check`, and for some options only. */
const others = ['asking', 'cluster|info', 'cluster|slots', 'info', 'ping', 'select', 'wait']

it('the README allows the commands in the sources, and no others', () => {
  const allowed = documentedRules().flatMap((rule) => (rule.startsWith('+') ? rule.slice(1) : []))
  const expected = [...used.map((one) => one.toLowerCase()), ...others]
  expect(allowed.toSorted()).toEqual(expected.toSorted())
})

onServers((place) => {
  const made: string[] = []

  afterEach(async () => {
    for (const name of made.splice(0))
      await onNodes(place, (node) => node.call('acl', 'DELUSER', name))
  })

  /** Creates a user with these rules on every node, and returns the options of its client. */
  async function userWith(rules: string[]): Promise<RedisOptions> {
    const username = `test-${randomBytes(6).toString('hex')}`
    const password = randomBytes(12).toString('hex')
    made.push(username)
    await onNodes(place, (node) =>
      node.call('acl', 'SETUSER', username, 'reset', 'on', `>${password}`, ...rules),
    )
    return { username, password }
  }

  async function storeFor(rules: string[], options: RedisStoreOptions = {}): Promise<RedisStore> {
    return place.store(options, await userWith(rules))
  }

  /** The rules of the README, for the keys of the test. */
  function rules(): string[] {
    const found = documentedRules().filter((rule) => !/^(?:on|>.*)$/.test(rule))
    expect(found).toContain('~oauth:*')
    return found.map((rule) => (rule === '~oauth:*' ? `~${place.prefix}:*` : rule))
  }

  it('every method works for a user who may run only the commands of the README', async () => {
    const store = await storeFor(rules())
    expect(await store.check()).toEqual([])
    await callAll(store)
    await callAll(await storeFor(rules(), { tenant: 'one' }))
  })

  it.each(used)('check() reports that the user may not run %s', async (name) => {
    const lower = name.toLowerCase()
    const store = await storeFor(rules().filter((rule) => rule !== `+${lower}`))
    const findings = await store.check()
    expect(findings.length).toBeGreaterThan(0)
    for (const { problem, fix } of findings) {
      expect(problem).toMatch(new RegExp(`^The user "test-\\w+" may not run ${name} on 127`))
      expect(fix).toMatch(new RegExp(`^Allow it: ACL SETUSER test-\\w+ \\+${lower}$`))
    }
  })

  it('check() reports that the user may not access the keys', async () => {
    const store = await storeFor(rules().map((rule) => (rule.startsWith('~') ? '~other:*' : rule)))
    const [finding] = await store.check()
    expect(finding?.problem).toContain(`may not access the keys "${place.prefix}:*"`)
    expect(finding?.fix).toContain(`~${place.prefix}:*`)
  })

  it('check() reports what a user without INFO cannot find out, and the store works', async () => {
    const store = await storeFor(['+@all', '-@dangerous', `~${place.prefix}:*`])
    const findings = await store.check()
    expect(findings.length).toBeGreaterThan(0)
    for (const { problem, fix } of findings) {
      expect(problem).toMatch(
        /^The user "test-\w+" may not run INFO on 127\.0\.0\.1:\d+: it is unknown/,
      )
      expect(fix).toMatch(/\+info.*noeviction.*appendonly yes/)
    }
    await callAll(store)
  })

  it('check() reports that the user may not run WAIT, if the store waits for replicas', async () => {
    const without = rules().filter((rule) => rule !== '+wait')
    const options = { waitReplicas: 1, waitMs: 500 }
    const [finding] = await (await storeFor(without, options)).check()
    expect(finding?.problem).toContain('may not run WAIT')
    expect(await (await storeFor(rules(), options)).check()).toEqual([])
    expect(await (await storeFor(without)).check()).toEqual([])
  })

  it('check() leaves no key behind', async () => {
    const keys = await place.keys()
    await place.store().check()
    expect((await place.keys()).toSorted()).toEqual(keys.toSorted())
  })
})

async function onNodes(place: Place, act: (node: { call: RedisClient['call'] }) => unknown) {
  const masters = await mastersOf(place.client)
  const cluster = place.client.isCluster ? (place.client as never as Nodes).nodes('slave') : []
  await Promise.all([...masters, ...cluster].map((node) => act(node)))
}

interface Nodes {
  nodes(role: string): { call: RedisClient['call'] }[]
}

/** Calls every method of a store, so that its scripts take every branch. */
async function callAll(store: RedisStore): Promise<void> {
  const called = new Set<string>()
  const spied = new Proxy(store, {
    get(target, name: keyof Store) {
      called.add(name)
      return target[name]
    },
  })
  await useAll(spied)
  const methods = Object.keys(store).filter((name) => name !== 'supports')
  expect([...called].toSorted()).toEqual(methods.toSorted())
}

async function useAll(store: RedisStore): Promise<void> {
  expect(await store.check()).toEqual(expect.any(Array))
  const client = aClient()
  expect(await store.createClient(client)).toBe(true)
  const changed = { ...client, version: 'next' }
  expect(await store.updateClient(changed, client.version)).toBe(true)
  expect(await store.getClient(client.id)).toEqual(changed)
  expect(await store.listClients(all)).toContainEqual(changed)
  const user = aUser()
  expect(await store.createUser(user)).toBe(true)
  const renamed = { ...user, version: 'next', username: `new ${user.username}` }
  expect(await store.updateUser(renamed, user.version)).toBe(true)
  expect(await store.getUser(user.id)).toEqual(renamed)
  expect(await store.getUserByUsername(renamed.username)).toEqual(renamed)
  expect(await store.listUsers(all)).toContainEqual(renamed)

  const record = { key: randomBytes(9).toString('hex'), data: 'x', expiresAt: Date.now() + 60_000 }
  expect(await store.addRecord(record)).toBe(true)
  expect(await store.addRecord(record)).toBe(false)
  expect(await store.getRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toEqual(record)
  expect(await store.takeRecord(record.key)).toBeNull()

  const ids = { clientId: client.id, userId: user.id }
  const first = await issued(store, ids)
  expect(await store.find(first.hash)).toEqual(first)
  const second = await rotated(store, first)
  expect(await store.isRedeemed(first)).toBe(true)
  const third = await rotated(store, second)
  expect(await store.redeem(second, successors())).toEqual({ status: 'replayed' })
  const answered = [...successors(), fresh({ kind: 'answer' })]
  expect(await store.redeem(third, answered)).toEqual({ status: 'redeemed' })
  expect(await store.find(answered[2]!.hash)).toMatchObject({ kind: 'answer' })
  const access = fresh({ kind: 'access' })
  const forever = fresh({ kind: 'access', expiresAt: null })
  expect(await store.extend(first.grant, [access, forever])).toBe('extended')
  await store.revokeAccessToken(access.hash)
  expect(await store.find(access.hash)).toBeNull()
  expect((await store.listGrants({ userId: user.id }, all)).grants).toHaveLength(1)
  expect((await store.listGrants({ grantId: first.grant.id }, all)).grants).toHaveLength(1)
  expect(await store.revoke({ grantId: first.grant.id })).toBe(1)
  const last = await issued(store, ids, { expiresAt: null })
  const only = await issued(store, ids, { kind: 'access' })
  await store.revokeAccessToken(only.hash)
  expect(await store.listGrants({ grantId: only.grant.id }, all)).toEqual({
    grants: [],
    next: null,
  })
  expect(await store.revoke(ids)).toBe(1)
  expect(await store.find(last.hash)).toBeNull()
  expect(await store.purge(before(0), 1)).toEqual({ deleted: 0, more: false })
  await store.deleteUser(user.id, Date.now() + 60_000)
  await store.deleteUser(user.id, Date.now() + 90_000)
  expect(await store.getUser(user.id)).toBeNull()
  await store.deleteClient(client.id)
  expect(await store.getClient(client.id)).toBeNull()
}
