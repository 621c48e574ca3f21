import { type ConformanceOptions, cases, runConformance } from '@oauth2-kit/conformance'
import { memoryStore } from '@oauth2-kit/memory'

const valid = { name: 'a store', create: () => ({ store: {} as never }) }

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
  ])('F40: %j is rejected with a TypeError that names the problem', async (wrong, message) => {
    const run = runConformance({ ...valid, ...wrong } as ConformanceOptions)
    await expect(run).rejects.toThrow(TypeError)
    await expect(run).rejects.toThrow(message)
  })

  it('leave out the groups and cases in "except", and then no level is reached', async () => {
    const store = memoryStore()
    const { verdicts, partial, reached } = await runConformance({
      name: 'the memory store',
      create: () => ({ store }),
      only: 're*',
      except: ['refresh', 'revoke.many', 'revoke.r*'],
    })
    const left = cases()
      .map(({ id }) => id)
      .filter((id) => /^(?:record\.|revoke\.(?!many$|r))/.test(id))
    expect(left.length).toBeGreaterThan(5)
    expect(verdicts.map((one) => one.case.id)).toEqual(left)
    expect([partial, reached]).toEqual([true, null])
  })
})
