import { type ConformanceOptions, cases, runConformance } from '@oauth2-kit/conformance'
import { memoryStore } from '@oauth2-kit/memory'
import { Database, directConnection } from '../src/reference/connection'
import { referenceStore } from '../src/reference/store'

const valid = { name: 'a store', create: () => ({ store: {} as never }) }

function fixturesWith(user: object, otherId = 'two'): object {
  const client = { id: 'one', secret: 'secret' }
  return {
    client,
    otherClient: { ...client, id: otherId },
    user: { id: 1, username: 'u', password: 'p', ...user },
  }
}

describe('the options of a run', () => {
  it.each([
    [{ levl: 'fast' }, /^Unknown option "levl" of the conformance suite. Did you mean "level"/],
    [{ raw: { dmup: async () => '' } }, /^Unknown option "raw.dmup" .*The options are dump, count/],
    [
      { processes: { modul: './store.js' } },
      /^Unknown option "processes.modul" .*Did you mean "module"/,
    ],
    [{ except: ['purge', 'grwoth'] }, /^"except" has "grwoth", which is neither a group nor/],
    [{ except: 'fault' }, /^"except" must be a list of groups and ids of cases/],
    [{ except: ['*'] }, /^"only" matches no case of level fast: \*, with "except": \*$/],
    [{ create: 'store' }, /^"create" must be a function/],
    [{ url: 5432 }, /^"url" must be the URL of the database, a function .*or null if there is no/],
    [{ only: [] }, /^"only" must be a group or the id of a case, or a list of them/],
    [{ only: ['record', 'recrod'] }, /^"only" has "recrod", which is neither a group nor the id/],
    [{ fixtures: {} }, /^"fixtures.client.id" must be a non-empty string/],
    [{ fixtures: fixturesWith({}, 'one') }, /^"fixtures.otherClient" must be another client than/],
    [
      { fixtures: fixturesWith({ password: 'p'.repeat(72) }) },
      /^"fixtures.user.password" must be shorter than 72 bytes: .*bcrypt ignores/,
    ],
  ])('F40: %j is rejected with a TypeError that names the problem', async (wrong, message) => {
    const run = runConformance({ ...valid, ...wrong } as ConformanceOptions)
    await expect(run).rejects.toThrow(TypeError)
    await expect(run).rejects.toThrow(message)
  })

  it('runs the groups and cases in "only"', async () => {
    const store = memoryStore()
    const { verdicts, partial } = await runConformance({
      name: 'the memory store',
      create: () => ({ store }),
      only: ['record', 'shape.m*'],
    })
    const ids = verdicts.map((one) => one.case.id)
    expect(ids).toEqual(idsThat((id) => /^(?:record\.|shape\.m)/.test(id)))
    expect(partial).toBe(true)
  })

  it.each<[string, Partial<ConformanceOptions>, string]>([
    ['without "url" leave its cases unproved', {}, 'unproved: set "url" to that of the database'],
    ['with "url" null say that', { url: null }, 'not applicable: no connection that a proxy could'],
    ['without "database" say that', { without: ['database'] }, 'not applicable: no connection'],
  ])('%s', async (_, more, wanted) => {
    const { create } = durableStore()
    const report = await runConformance({
      name: 'a store',
      create,
      only: 'fault.deadline',
      ...more,
    })
    const [verdict] = report.verdicts
    expect(`${verdict?.status}: ${verdict?.reason}`).toContain(wanted)
  })

  it('leave out the groups and cases in "except", and then no level is reached', async () => {
    const store = memoryStore()
    const { verdicts, partial, reached } = await runConformance({
      name: 'the memory store',
      create: () => ({ store }),
      only: 're*',
      except: ['refresh', 'revoke.many', 'revoke.r*'],
    })
    const left = idsThat((id) => /^(?:record\.|revoke\.(?!many$|r))/.test(id))
    expect(left.length).toBeGreaterThan(5)
    expect(verdicts.map((one) => one.case.id)).toEqual(left)
    expect([partial, reached]).toEqual([true, null])
  })
})

function idsThat(isMeant: (id: string) => boolean): string[] {
  return cases()
    .map(({ id }) => id)
    .filter(isMeant)
}

function durableStore(): Pick<ConformanceOptions, 'create'> {
  const database = new Database()
  return {
    create: ({ namespace }) => ({ store: referenceStore(directConnection(database), namespace) }),
  }
}
