import { type ConformanceOptions, runConformance } from '@oauth2-kit/conformance'

const right = { name: 'a store', create: () => ({ store: {} as never }) }

describe('the options of a run', () => {
  it.each([
    [{ levl: 'fast' }, /^Unknown option "levl": use name, create, url, /],
    [{ raw: { dmup: async () => '' } }, /^Unknown hook of "raw" "dmup": use dump, count, /],
    [
      { processes: { modul: './store.js' } },
      /^Unknown member of "processes" "modul": use module, /,
    ],
    [{ create: 'store' }, /^"create" must be a function/],
  ])('F40: %j is a TypeError that names what is wrong', async (wrong, message) => {
    const run = runConformance({ ...right, ...wrong } as ConformanceOptions)
    await expect(run).rejects.toThrow(TypeError)
    await expect(run).rejects.toThrow(message)
  })
})
