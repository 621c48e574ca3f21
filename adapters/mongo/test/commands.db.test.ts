import { describeDatabase } from '@oauth2-kit/conformance/databases'
import type { Credential } from '@oauth2-kit/core'
import type { CommandStartedEvent } from 'mongodb'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  all,
  before,
  grantsOf,
  issued,
  redeemed,
  refOf,
  t0,
} from '@oauth2-kit/testing'
import { opened, startTimeout } from './support/opened'

describeDatabase('mongodb', (database) => {
  beforeAll(() => database.url(), startTimeout)

  it('each operation is one command, and a majority acknowledges each write', async () => {
    await using place = await opened(database, {}, { monitorCommands: true })
    const { store, client } = place
    const { credential } = await issued(store)
    const { credential: answered } = await issued(store)
    const { grant: plain } = await issued(store)
    const { credential: other, grant } = await issued(store)
    const registered = aClient()
    await store.createClient(registered)
    // The first read also detects whether this is a replica set.
    await store.find(credential.hash)
    const commands: CommandStartedEvent[] = []
    client.on('commandStarted', (event) => commands.push(event))

    async function commandsOf(work: Promise<unknown>): Promise<CommandStartedEvent[]> {
      commands.length = 0
      await work
      return [...commands]
    }

    const conditions = { clientVersion: registered.version }
    const ofClient = aGrant({ clientId: registered.id })
    const record = aRecord()
    for (const [names, work] of [
      // The aggregate reads the client: a standalone server has no transactions.
      ['insert aggregate', () => store.issue(ofClient, [aCredential()], conditions)],
      ['insert', () => issued(store, { userId: null })],
      ['find', () => store.find(credential.hash)],
      ['find', () => store.find('unknown')],
      ['update', () => redeemed(store, credential, aCredential(), aCredential())],
      ['update', () => redeemed(store, answered, aCredential(), aCredential({ kind: 'answer' }))],
      // The losing call reads the reason.
      ['update find', () => store.redeem(credential, [aCredential()])],
      ['find', () => store.isRedeemed(credential)],
      ['update', () => store.extend(refOf(grant), [aCredential()])],
      ['update', () => store.extend(refOf(grant), [aCredential({ kind: 'answer' })])],
      // The delete removes the sealed answers, which are separate documents.
      ['findAndModify delete', () => store.revoke({ grantId: grant.id })],
      ['findAndModify', () => store.revoke({ grantId: plain.id })],
      ['update find', () => store.redeem(other, [aCredential()])],
      ['find', () => store.listGrants({ userId: grant.userId! }, all)],
      ['insert', () => store.addRecord(record)],
      ['find', () => store.getRecord(record.key)],
      ['findAndModify', () => store.takeRecord(record.key)],
      ['update', () => store.updateClient(aClient(), '1')],
    ] as const) {
      const seen = await commandsOf(work())
      const made = seen.map(({ commandName }) => commandName)
      expect([names, ...made.toSorted()]).toEqual([names, ...names.split(' ').toSorted()])
      for (const { commandName, command } of seen) {
        if (commandName === 'find' || commandName === 'aggregate') continue
        expect(command.writeConcern).toEqual({ w: 'majority', j: true, wtimeout: 5000 })
      }
    }
  })

  it('a write that also removes expired credentials takes three commands', async () => {
    await using place = await opened(database, {}, { monitorCommands: true })
    const { store, client } = place
    const names: string[] = []
    client.on('commandStarted', ({ commandName }) => names.push(commandName))
    const later = t0 + 3 * 3600_000
    const at = { createdAt: later, expiresAt: later + 1 }
    for (const write of [
      (old: Credential) => redeemed(store, old, aCredential(at)),
      ({ grant }: Credential) => store.extend(grant, [aCredential(at)]),
    ]) {
      const { credential } = await issued(store)
      const token = { kind: 'access', expiresAt: t0 + 1 } as const
      await store.extend(
        credential.grant,
        Array.from({ length: 40 }, () => aCredential(token)),
      )
      names.length = 0
      await write(credential)
      expect(names).toEqual(['update', 'find', 'update'])
    }
  })

  it('the option writeConcern sets the write concern', async () => {
    const writeConcern = { w: 1, j: false, wtimeoutMS: 0 }
    await using place = await opened(database, { writeConcern }, { monitorCommands: true })
    const { store, client } = place
    const concerns: unknown[] = []
    client.on('commandStarted', ({ command }) => concerns.push(command.writeConcern))
    const { credential } = await issued(store)
    await redeemed(store, credential, aCredential())
    await store.revoke({ grantId: credential.grant.id })
    const expected = { w: 1, j: false, wtimeout: 0 }
    // The read of the user is not a write.
    const written = concerns.filter((concern) => concern !== undefined)
    expect(written).toEqual([expected, expected, expected])
  })

  it('no command on a hot path scans a collection', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { credential, grant } = await issued(store)
    const { credential: other } = await issued(store)
    const user = aUser()
    await store.createUser(user)
    await db.command({ profile: 2 })
    await store.find(credential.hash)
    await redeemed(store, credential, aCredential())
    await store.extend(credential.grant, [aCredential({ kind: 'access' })])
    await redeemed(store, other, aCredential(), aCredential({ kind: 'answer', hash: 'answer' }))
    await store.find('answer')
    await store.listGrants({ userId: grant.userId! }, { limit: 10 })
    await store.listGrants({ userId: grant.userId!, clientId: grant.clientId }, { limit: 10 })
    await store.listGrants({ userId: grant.userId! }, { limit: 10, after: '["a","b"]' })
    await store.listGrants({ clientId: grant.clientId }, { limit: 10 })
    await store.revokeAccessToken(aCredential().hash)
    await store.getUser(user.id)
    await store.getUserByUsername(user.username)
    await store.updateUser({ ...user, version: 'b' }, user.version)
    await store.listUsers({ limit: 10 })
    await store.getClient('none')
    await store.addRecord(aRecord({ key: 'a' }))
    await store.takeRecord('a')
    await store.purge(before(1), 10)
    await store.deleteUser(user.id, 1)
    await store.revoke({ clientId: grant.clientId })
    await store.revoke({ userId: grant.userId! })
    await db.command({ profile: 0 })
    const profile = await db
      .collection('system.profile')
      .find({ ns: { $not: /system\.profile/ }, 'command.profile': { $exists: false } })
      .toArray()
    expect(profile.length).toBeGreaterThan(9)
    const scans = profile.filter(({ planSummary }) => /COLLSCAN|SORT/.test(planSummary ?? ''))
    expect(scans.map(({ op, ns, planSummary }) => [op, ns, planSummary])).toEqual([])
  })

  it('F17: a page of grants reads no more than its limit requires', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const userId = 'ada'
    const grants = Array.from({ length: 300 }, (_, n) =>
      aGrant({ userId, clientId: `client-${n % 3}` }),
    )
    await Promise.all(grants.map((grant) => issued(store, grant)))
    const selectors = [{ userId }, { userId, clientId: 'client-1' }, { clientId: 'client-2' }]
    for (const selector of selectors) {
      const first = await store.listGrants(selector, { limit: 40 })
      await db.command({ profile: 2 })
      const second = await store.listGrants(selector, { limit: 40, after: first.next! })
      await db.command({ profile: 0 })
      const profile = db.collection('system.profile')
      const [query] = await profile.find({ op: 'query', ns: /oauth_grants$/ }).toArray()
      // One more document shows whether a next page exists.
      expect(query!.docsExamined).toBeLessThanOrEqual(41)
      expect(query!.keysExamined).toBeLessThanOrEqual(45)
      expect(second.grants).toHaveLength(40)
      await profile.drop()
      const wanted = grants.filter(
        ({ clientId }) => !('clientId' in selector) || clientId === selector.clientId,
      )
      const found = await grantsOf(store, selector, 40)
      expect(found.map(({ id }) => id).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted())
    }
    expect(await store.listGrants({ userId }, { limit: 9, after: 'no cursor' })).toEqual({
      grants: [],
      next: null,
    })
  })
})
