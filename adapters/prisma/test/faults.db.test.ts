import { randomUUID } from 'node:crypto'
import { openWire } from '@oauth2-kit/conformance'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { prismaStore } from '@oauth2-kit/prisma'
import { deadlockTimeout, untilLockIsAwaited } from '../../../test/support/lock-waits'
import { type AnyClient, clientFor, ddlOf, describeServers, runSql } from './support/engines'
import { aClient, aCredential, aGrant, aRecord, aUser, all, issued } from '@oauth2-kit/testing'

const patient = { maxWait: 20_000, timeout: 60_000 }

describeServers((place) => {
  let client: AnyClient
  beforeAll(() => {
    client = clientFor(place.url)
  })
  afterAll(() => client.$disconnect())

  it('retries a revocation that the database aborts because of a deadlock', async () => {
    const store = prismaStore(client)
    const clientId = aGrant().clientId
    // The database locks them in this order, whether it uses the index or the table.
    const ids = [randomUUID(), randomUUID()].toSorted()
    for (const id of ids) await issued(store, { clientId, id })
    const [first, second] = ids
    const statements: string[] = []
    let revoking: Promise<number> | undefined
    const isPostgres = place.provider === 'postgresql'
    const victim = clientFor(place.url, { deadlockTimeout: deadlockTimeout.victim })
    const watched = victim.$extends({
      query: {
        oAuthCredential: {
          $allOperations({ operation, args, query }) {
            statements.push(operation)
            return query(args)
          },
        },
      },
    })
    await client.$transaction(async (inner) => {
      if (isPostgres)
        await inner.$executeRawUnsafe(`SET LOCAL deadlock_timeout = '${deadlockTimeout.survivor}'`)
      // So many writes that the database chooses the other transaction as the victim.
      for (let n = 0; n < 20; n++) await issued(prismaStore(inner))
      await touch(inner, second!)
      revoking = prismaStore(watched).revoke({ clientId })
      const engine = isPostgres ? 'postgres' : 'mariadb'
      const isWaiting = untilLockIsAwaited(engine, (sql) => client.$queryRawUnsafe(sql))
      await Promise.race([isWaiting, revoking.then(() => 'over')])
      await touch(inner, first!)
    }, patient)
    expect(await revoking).toBe(2)
    await victim.$disconnect()
    expect(statements.filter((one) => one === 'deleteMany').length).toBeGreaterThan(1)
    expect((await store.listGrants({ clientId }, all)).grants).toEqual([])
  })

  it('F38: tries each kind of write up to 20 times if the database aborts it', async () => {
    let failures = 0
    const failing = client.$extends({
      query: {
        $allModels: {
          async $allOperations({ operation, args, query }) {
            if (!operation.includes('Many') || failures === 0) return query(args)
            failures--
            throw Object.assign(new Error('A deadlock'), { code: 'P2034' })
          },
        },
      },
    })
    const store = prismaStore(failing)
    const { credential } = await issued(store)
    const [app, user, record] = [aClient(), aUser(), aRecord()]
    const writes: (() => Promise<unknown>)[] = [
      () => store.createClient(app),
      () => store.updateClient({ ...app, version: 'next' }, app.version),
      () => store.createUser(user),
      () => store.updateUser({ ...user, version: 'next' }, user.version),
      () => store.addRecord(record),
      () => store.takeRecord(record.key),
      () => store.redeem(credential, [aCredential()]),
      () => store.extend(credential.grant, [aCredential()]),
      () => issued(store),
      () => store.deleteUser(user.id, 1),
      () => store.deleteClient(app.id),
      () => store.revoke({ grantId: credential.grant.id }),
    ]
    for (const write of writes) {
      failures = 19
      await write()
      expect(failures).toBe(0)
    }
    failures = 20
    await expect(store.createClient(aClient())).rejects.toThrow('A deadlock')
  })

  it('returns redeemed after a lost reply, at the latest when the call is repeated', async () => {
    const wire = await openWire(place.url)
    const wired = clientFor(wire.url, { connections: 1 })
    try {
      const [store, direct] = [prismaStore(wired), prismaStore(client)]
      const { credential } = await issued(store)
      const successors = [aCredential(), aCredential({ kind: 'access' })]
      wire.loseReply()
      const outcome = await store.redeem(credential, successors).catch((error: Error) => error)
      wire.restore()
      // The store retries, or reports that the database is down; never that another caller won.
      expect(outcome).not.toHaveProperty('status', 'replayed')
      expect(await store.redeem(credential, successors)).toEqual({ status: 'redeemed' })
      expect(await direct.redeem(credential, [aCredential()])).toEqual({ status: 'replayed' })
    } finally {
      await wired.$disconnect()
      await wire.close()
    }
  })
})

describeDatabase('postgres', (database) => {
  it('100 replays close no connection', async () => {
    const isolated = await database.isolated()
    await runSql(isolated.url, ddlOf('postgresql'))
    const client = clientFor(isolated.url)
    try {
      const store = prismaStore(client)
      const { credential } = await issued(store)
      await store.redeem(credential, [aCredential()])
      const earlier = await backends(client)
      for (let n = 0; n < 100; n++) {
        const { status } = await store.redeem(credential, [
          aCredential(),
          aCredential({ kind: 'access' }),
        ])
        expect(status).toBe('replayed')
      }
      expect(await backends(client)).toEqual(earlier)
    } finally {
      await client.$disconnect()
      await isolated.drop()
    }
  })
})

/** Updates one row, which locks it. */
async function touch({ oAuthCredential }: Pick<AnyClient, 'oAuthCredential'>, id: string) {
  await oAuthCredential.updateMany({ where: { id }, data: { createdAt: 7n } })
}

/** Returns the process ids of the client's connections on the server. */
async function backends(client: AnyClient): Promise<number[]> {
  const rows = await client.$queryRawUnsafe<{ pid: number }[]>(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' ORDER BY pid`,
  )
  return rows.map(({ pid }) => pid)
}
