import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import type { Credential } from '@oauth2-kit/core'
import { type MemoryStore, memoryStore } from '@oauth2-kit/memory'
import { startStore } from './support/child-store'
import { isNoLock, leftIn, temporaryFolder } from './support/folder'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  grantsOf,
  issued,
  redeemed,
  t0,
} from '@oauth2-kit/testing'

describe('acknowledged changes of a store with a file survive SIGKILL', () => {
  it('F34: keeps a revocation', async () => {
    using place = temporaryFolder()
    const child = startStore(place.file)
    const [one, other] = [await issued(child.store), await issued(child.store)]
    // The crash comes after a snapshot that has both grants.
    await child.store.save()
    expect(await child.store.revoke({ grantId: one.grant.id })).toBe(1)
    await child.kill()
    const store = memoryStore({ file: place.file })
    expect(await store.find(one.credential.hash)).toBeNull()
    expect(await store.redeem(one.credential, [aCredential()])).toEqual({ status: 'revoked' })
    expect(await store.find(other.credential.hash)).toEqual(other.credential)
    await store.close()
  })

  it.each([true, false])('keeps every other change; snapshot before it: %p', async (isSaved) => {
    using place = temporaryFolder()
    const { store, kill } = startStore(place.file)
    const [client, gone] = [aClient(), aClient()]
    const [user, goneUser] = [aUser(), aUser()]
    await store.createClient(client)
    await store.createClient(gone)
    await store.createUser(user)
    await store.createUser(goneUser)
    const of = (differences: object) => issued(store, differences)
    const ofClient = await of({ clientId: gone.id })
    const ofUser = await of({ userId: goneUser.id })
    const [byUser, byBoth] = [await of({ userId: 'a' }), await of({ userId: 'b', clientId: 'b' })]
    const kept = await of({ userId: 'b' })
    const live = await of({})
    const access = aCredential({ kind: 'access' })
    await store.extend(live.credential.grant, [access])
    const [record, taken] = [aRecord(), aRecord()]
    await store.addRecord(taken)
    if (isSaved) await store.save()

    const next = { ...client, version: '2', scopes: ['other'] }
    const nextUser = { ...user, version: '2', username: 'another' }
    const [refresh, mark, added] = [aCredential(), aCredential({ kind: 'used' }), aCredential()]
    await store.updateClient(next, client.version)
    await store.updateUser(nextUser, user.version)
    await store.deleteClient(gone.id)
    await store.deleteUser(goneUser.id, t0)
    await store.revoke({ userId: 'a' })
    await store.revoke({ userId: 'b', clientId: 'b' })
    await store.revokeAccessToken(access.hash)
    await redeemed(store, live.credential, refresh)
    await redeemed(store, kept.credential, mark)
    await store.extend(kept.credential.grant, [added])
    await store.takeRecord(taken.key)
    await store.addRecord(record)
    await kill()

    const after = memoryStore({ file: place.file })
    expect(await after.getClient(client.id)).toEqual(next)
    expect(await after.getUserByUsername('another')).toEqual(nextUser)
    expect(await after.getUserByUsername(user.username)).toBeNull()
    expect(await after.getClient(gone.id)).toBeNull()
    expect(await after.getUser(goneUser.id)).toBeNull()
    expect(await after.createUser(goneUser)).toBe(false)
    for (const { credential } of [ofClient, ofUser, byUser, byBoth]) {
      expect(await after.find(credential.hash)).toBeNull()
    }
    expect(await after.find(access.hash)).toBeNull()
    for (const { credential } of [live, kept]) {
      expect(await after.find(credential.hash)).toEqual(credential)
      expect(await after.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    }
    expect(await after.redeem(live.credential, [refresh])).toEqual({ status: 'redeemed' })
    for (const one of [refresh, mark, added]) expect(await after.find(one.hash)).toMatchObject(one)
    expect(await after.getRecord(taken.key)).toBeNull()
    expect(await after.getRecord(record.key)).toEqual(record)
    expect(await grantsOf(after, { userId: 'b' })).toEqual([kept.grant])
    await after.close()
  })

  it('keeps them whenever the kill comes, also while a snapshot is written', async () => {
    using place = temporaryFolder()
    for (let round = 0; round < 3; round++) {
      const { store, kill } = startStore(place.file)
      for (let n = 0; n < 20; n++) await issued(store)
      const seen: Acknowledged[] = Array.from({ length: 20 }, () => ({}))
      const work = [...seen.map((own) => workOn(store, own)), saveAgain(store)]
      const working = Promise.allSettled(work)
      const acknowledged = () => seen.reduce((sum, { count = 0 }) => sum + count, 0)
      while (acknowledged() < 300 + round * 100) await new Promise(setImmediate)
      await kill()
      await working
      const after = memoryStore({ file: place.file })
      for (const own of seen) expect(await lost(after, own)).toEqual([])
      await after.close()
    }
  })

  it('drops a torn last line of the journal, and keeps what is written after it', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    const { credential } = await issued(before)
    await before.revoke({ userId: 'any' })
    appendFileSync(`${place.file}.1.journal`, '[{"revoked":{"grantId":"')
    using left = leftIn(place)
    const after = memoryStore({ file: left.file })
    expect(await after.find(credential.hash)).toEqual(credential)
    await after.revoke({ grantId: credential.grant.id })
    // The store is killed again before it writes a snapshot.
    using later = leftIn(left)
    expect(await memoryStore({ file: later.file }).find(credential.hash)).toBeNull()
    await after.close()
    await before.close()
  })

  it('supports.durable is true with a file and false without one', () => {
    using place = temporaryFolder()
    expect(memoryStore({ file: place.file }).supports.durable).toBe(true)
    expect(memoryStore().supports.durable).toBe(false)
  })
})

describe('the journal', () => {
  it('is readable by its owner only, and is removed by the next snapshot', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    await store.createClient(aClient())
    expect(statSync(`${place.file}.1.journal`).mode & 0o777).toBe(0o600)
    await store.save()
    expect(readdirSync(place.folder).filter(isNoLock)).toEqual(['oauth.snapshot'])
    await store.createClient(aClient())
    await store.close()
    expect(readdirSync(place.folder)).toEqual(['oauth.snapshot'])
  })

  it('has the change before a call resolves, also if another call made the change', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const { grant, credential } = await issued(store)
    const successors = [aCredential()]
    const redeeming = store.redeem(credential, successors)
    expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
    using redeemedOnDisk = leftIn(place)
    expect(await memoryStore({ file: redeemedOnDisk.file }).isRedeemed(credential)).toBe(true)
    const revoking = store.revoke({ grantId: grant.id })
    expect(await store.revoke({ userId: grant.userId! })).toBe(0)
    using revokedOnDisk = leftIn(place)
    expect(await memoryStore({ file: revokedOnDisk.file }).find(credential.hash)).toBeNull()
    await Promise.all([redeeming, revoking])
    await store.close()
  })

  it('makes the call reject if it cannot be written, and the next call writes it all', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const { grant, credential } = await issued(store)
    await store.save()
    const blocked = `${place.file}.2.journal`
    mkdirSync(blocked)
    await expect(store.revoke({ grantId: grant.id })).rejects.toThrow('EISDIR')
    // The grant is revoked in this process nevertheless.
    expect(await store.find(credential.hash)).toBeNull()
    await expect(store.revoke({ grantId: grant.id })).rejects.toThrow('EISDIR')
    rmdirSync(blocked)
    expect(await store.revoke({ grantId: grant.id })).toBe(0)
    using left = leftIn(place)
    expect(await memoryStore({ file: left.file }).find(credential.hash)).toBeNull()
    await store.close()
  })

  it('stops the snapshot if it cannot be written: that could have half of a change', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const { credential } = await issued(store)
    await store.save()
    const snapshot = readFileSync(place.file, 'utf8')
    const blocked = `${place.file}.2.journal`
    mkdirSync(blocked)
    await expect(store.redeem(credential, [aCredential()])).rejects.toThrow('EISDIR')
    await expect(store.save()).rejects.toThrow('EISDIR')
    expect(readFileSync(place.file, 'utf8')).toBe(snapshot)
    rmdirSync(blocked)
    await store.close()
    expect(await memoryStore({ file: place.file }).isRedeemed(credential)).toBe(true)
  })

  it('F5: the sweep removes a sealed answer from the files', async () => {
    using place = temporaryFolder()
    const clock = { at: t0 }
    const store = memoryStore({ file: place.file, now: () => clock.at })
    const { credential } = await issued(store)
    const answer = aCredential({ kind: 'answer', expiresAt: t0 + 10_000, data: '{"sealed":"x"}' })
    await redeemed(store, credential, aCredential(), answer)
    const text = () =>
      readdirSync(place.folder)
        .map((name) => readFileSync(path.join(place.folder, name), 'utf8'))
        .join('')
    expect(text()).toContain('sealed')
    clock.at += 40_000
    await store.addRecord(aRecord())
    while (textOrRetry(text).includes('sealed')) await new Promise((done) => setTimeout(done, 20))
    await store.close()
  })

  it.each([
    ['is broken in the middle', '[{"taken":"a"}]\n[{"tak\n[{"taken":"b"}]\n'],
    ['has unknown changes', '[{"x":1}]\n'],
    ['has a line that is not a batch', '7\n'],
  ])('throws an Error with its path and what to do if it %s', (_what, text) => {
    using place = temporaryFolder()
    writeFileSync(`${place.file}.1.journal`, text)
    const make = () => memoryStore({ file: place.file })
    expect(make).toThrow(`${place.file}.1.journal`)
    expect(make).toThrow(/Restore it, or move it and the snapshot away to start empty/)
  })

  it('throws an Error if its snapshot was moved away', async () => {
    using place = temporaryFolder()
    writeFileSync(`${place.file}.7.journal`, '[]\n')
    const make = () => memoryStore({ file: place.file })
    expect(make).toThrow(
      /does not belong to the snapshot .* Restore the snapshot, or move both away/,
    )
  })

  it('can be applied to a snapshot that already has some or all of its changes', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const user = aUser()
    const grant = aGrant({ userId: user.id })
    await store.createUser(user)
    const first = aCredential()
    await store.issue(grant, [first], {})
    await store.revoke({ grantId: grant.id })
    // The same ids again, all in one journal.
    await store.issue({ ...grant, data: '{"scope":"other"}' }, [first], {})
    const old = { ...first, grant: { id: grant.id, clientId: grant.clientId, userId: user.id } }
    const next = aCredential()
    await redeemed(store, old, next)
    await redeemed(store, { ...next, grant: old.grant }, aCredential())
    const journal = readFileSync(`${place.file}.1.journal`)
    await store.close()
    const header = readFileSync(place.file, 'utf8').split('\n')[0]!
    const { journal: number } = JSON.parse(header) as { journal: number }
    writeFileSync(`${place.file}.${number}.journal`, journal)
    const after = memoryStore({ file: place.file })
    expect(await grantsOf(after, { userId: user.id })).toMatchObject([
      { data: '{"scope":"other"}' },
    ])
    expect(await after.find(first.hash)).toEqual({ ...old, data: '' })
    expect(await after.redeem(old, [next])).toEqual({ status: 'redeemed' })
    expect(await after.getUserByUsername(user.username)).toEqual(user)
    await after.close()
  })
})

/** What the store has acknowledged to one worker. */
interface Acknowledged {
  count?: number
  /** A call in progress when the store is killed may or may not have taken effect. */
  redeemed?: Credential[]
  live?: Credential
  revoked?: Credential[]
  taken?: string[]
}

async function workOn(store: MemoryStore, own: Acknowledged): Promise<void> {
  Object.assign(own, { count: 0, redeemed: [], revoked: [], taken: [] })
  for (;;) {
    const { credential, grant } = await issued(store)
    own.live = credential
    const chain: Credential[] = []
    for (let n = 0; n < 4; n++) {
      const old = own.live
      const next = { ...aCredential(), grant: credential.grant }
      own.live = undefined
      await redeemed(store, old, next)
      own.live = next
      chain.push(old)
      own.redeemed = [...chain]
      own.count!++
    }
    const record = aRecord()
    await store.addRecord(record)
    await store.takeRecord(record.key)
    own.taken!.push(record.key)
    own.live = undefined
    own.redeemed = []
    await store.revoke({ grantId: grant.id })
    own.revoked!.push(...chain)
    own.count! += 2
  }
}

async function saveAgain(store: MemoryStore): Promise<void> {
  for (;;) await store.save()
}

/** Returns the acknowledged changes that were lost. */
async function lost(store: MemoryStore, own: Acknowledged): Promise<string[]> {
  const { redeemed = [], revoked = [], taken = [], live } = own
  const checks: Promise<string | false | null>[] = [
    ...revoked.map(async ({ hash }) => (await store.find(hash)) && 'a revocation'),
    ...taken.map(async (key) => (await store.getRecord(key)) && 'a record that was taken'),
    ...redeemed.map(async (one) => !(await store.isRedeemed(one)) && 'a redemption'),
  ]
  if (live) {
    checks.push(store.find(live.hash).then((found) => !found && 'a successor'))
    checks.push(store.isRedeemed(live).then((isRedeemed) => isRedeemed && 'a live token'))
  }
  return (await Promise.all(checks)).filter((one) => typeof one === 'string')
}

/** A file may be renamed or removed during the read; 'sealed' makes the caller read again. */
function textOrRetry(read: () => string): string {
  try {
    return read()
  } catch {
    return 'sealed'
  }
}
