import { describeDatabase } from '@oauth2-kit/conformance/databases'
import type { CommandStartedEvent } from 'mongodb'
import { aCredential, all, issued, redeemed, refOf } from '../../memory/test/support/given'
import { opened, startTimeout } from './support/opened'

describeDatabase('mongodb', (database) => {
  beforeAll(() => database.url(), startTimeout)

  it('each operation is one command, and those that write are acknowledged by a majority', async () => {
    await using place = await opened(database, {}, { monitorCommands: true })
    const { store, client } = place
    const { credential } = await issued(store)
    const { credential: other, grant } = await issued(store)
    const commands: CommandStartedEvent[] = []
    client.on('commandStarted', (event) => commands.push(event))

    async function commandsOf(work: Promise<unknown>): Promise<CommandStartedEvent[]> {
      commands.length = 0
      await work
      return [...commands]
    }

    for (const [name, work] of [
      ['insert', () => issued(store)],
      ['find', () => store.find(credential.hash)],
      ['find', () => store.find('unknown')],
      ['findAndModify', () => redeemed(store, credential, aCredential(), aCredential())],
      ['findAndModify', () => store.redeem(credential, [aCredential()])],
      ['findAndModify', () => store.extend(refOf(grant), [aCredential()])],
      ['delete', () => store.revoke({ grantId: grant.id })],
      ['findAndModify', () => store.redeem(other, [aCredential()])],
      ['find', () => store.listGrants({ userId: grant.userId! }, all)],
    ] as const) {
      const seen = await commandsOf(work())
      expect(seen.map(({ commandName }) => commandName)).toEqual([name])
      const { writeConcern } = seen[0]!.command
      if (name === 'find') continue
      expect(writeConcern).toEqual({ w: 'majority', j: true, wtimeout: 5000 })
    }
  })

  it('writeConcern says what acknowledges a write instead', async () => {
    const writeConcern = { w: 1, j: false, wtimeoutMS: 0 }
    await using place = await opened(database, { writeConcern }, { monitorCommands: true })
    const { store, client } = place
    const concerns: unknown[] = []
    client.on('commandStarted', ({ command }) => concerns.push(command.writeConcern))
    const { credential } = await issued(store)
    await redeemed(store, credential, aCredential())
    await store.revoke({ grantId: credential.grant.id })
    const expected = { w: 1, j: false, wtimeout: 0 }
    expect(concerns).toEqual([expected, expected, expected])
  })

  it('no command on a hot path goes through a whole collection', async () => {
    await using place = await opened(database)
    const { store, db } = place
    const { credential, grant } = await issued(store)
    await db.command({ profile: 2 })
    await store.find(credential.hash)
    await redeemed(store, credential, aCredential())
    await store.extend(credential.grant, [aCredential({ kind: 'access' })])
    await store.listGrants({ userId: grant.userId! }, { limit: 10 })
    await store.listGrants({ clientId: grant.clientId }, { limit: 10 })
    await store.revokeCredential(aCredential().hash)
    await store.getUser('nobody')
    await store.getClient('none')
    await store.purge(1, 10)
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
})
