import { typeormStore } from '@oauth2-kit/typeorm'
import { describeEngines, migrated, type Disposable } from './support/data-source'
import {
  aClient,
  aCredential,
  aGrant,
  aRecord,
  aUser,
  grantsOf,
  issued,
  refOf,
} from '@oauth2-kit/testing'
import { recorded } from './support/recorder'

describeEngines((place) => {
  let dataSource: Disposable
  beforeAll(async () => {
    dataSource = await migrated(place.url)
  })
  afterAll(() => dataSource.destroy())

  it('each operation is one statement, without a transaction', async () => {
    const store = typeormStore(dataSource)
    const client = aClient()
    await store.createClient(client)
    const grant = aGrant({ clientId: client.id })
    const [code, refresh, access] = [aCredential({ kind: 'code' }), aCredential(), aCredential()]
    const record = aRecord()
    const presented = { ...code, grant: refOf(grant) }
    const calls: Record<string, () => Promise<unknown>> = {
      issue: () => store.issue(grant, [code], { clientVersion: client.version }),
      find: () => store.find(code.hash),
      redeem: () => store.redeem(presented, [refresh, access]),
      extend: () => store.extend(refOf(grant), [aCredential(), aCredential()]),
      'revoke a grant': () => store.revoke({ grantId: grant.id }),
      addRecord: () => store.addRecord(record),
      getRecord: () => store.getRecord(record.key),
      takeRecord: () => store.takeRecord(record.key),
    }
    for (const [name, call] of Object.entries(calls)) {
      const { statements } = await recorded(dataSource, call)
      const isTwo = name === 'takeRecord' && dataSource.options.type === 'mysql'
      const sent = Array.from({ length: isTwo ? 2 : 1 }, () => expect.any(String))
      expect([name, statements.map(([sql]) => sql)]).toEqual([name, sent])
    }
  })

  it('passes values as parameters, never in the SQL text', async () => {
    const store = typeormStore(dataSource)
    const evil = `'; DROP TABLE oauth_clients; -- " \` \\`
    const { statements } = await recorded(dataSource, async () => {
      const { credential } = await issued(store, { clientId: evil, userId: evil }, { data: evil })
      expect(await store.find(credential.hash)).toEqual(credential)
      expect(await grantsOf(store, { clientId: evil })).toHaveLength(1)
      expect(await store.getClient(evil)).toBeNull()
      expect(await store.getUser(evil)).toBeNull()
      expect(await store.getUserByUsername(evil)).toBeNull()
      const record = aRecord({ key: evil, data: evil })
      expect(await store.addRecord(record)).toBe(true)
      expect(await store.takeRecord(evil)).toEqual(record)
      expect(await store.revoke({ userId: evil, clientId: evil })).toBe(1)
    })
    expect(statements.filter(([sql]) => sql.includes('DROP'))).toEqual([])
    expect(await store.check()).toEqual([])
  })

  it('errors do not contain the values of their statements', async () => {
    const store = typeormStore(dataSource)
    const { grant, credential } = await issued(store)
    const secret = { userId: 'user-of-a-secret', data: 'data-of-a-secret' }
    const user = aUser({ passwordHash: 'hash-of-a-secret' })
    await store.createUser(user)
    const broken = { ...user, passwordHash: null as never }
    const failures = await Promise.all([
      store.issue({ ...aGrant(secret), id: grant.id }, [aCredential(secret)], {}).catch(seen),
      store.issue(aGrant(secret), [{ ...credential, ...secret }], {}).catch(seen),
      store.extend(grant, [{ ...credential, ...secret }]).catch(seen),
      store.updateUser(broken, user.version).catch(seen),
      store.issue({ ...aGrant(secret), createdAt: 'x' as never }, [aCredential()], {}).catch(seen),
    ])
    for (const failure of failures.slice(0, 4)) expect(failure).toMatch(/failed|exists/)
    for (const failure of failures) {
      expect(failure ?? '').not.toMatch(/of-a-secret|[0-9a-f]{64}/)
    }
  })
})

/** Returns all that a log would show of an error. */
function seen(error: Error): string {
  const own = JSON.stringify(error, Object.getOwnPropertyNames(error))
  return `${own} ${error.cause ? seen(error.cause as Error) : ''}`
}
