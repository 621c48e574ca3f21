import path from 'node:path'
import { type ConformanceOptions, runConformance } from '../src'
import { type Isolated, describeDatabase } from '../src/databases'
import { execArgv } from './support/command'

/** Returns whether the case needs luck: only in the barrier, each caller reads before one writes. */
function isLikely([id]: readonly [string, string]): boolean {
  return /^once\..*\.(?:loser|stampede|processes)$/.test(id)
}

const file = path.join(__dirname, 'promise-models/sql.cjs')

describeDatabase('postgres', (database) => {
  const module = require(file) as ConformanceOptions & { setUp(url: string): Promise<void> }
  let mine: Isolated

  beforeAll(async () => {
    mine = await database.isolated()
    await module.setUp(mine.url)
  })
  afterAll(() => mine?.drop())

  it('names the faults of a model that selects, and then deletes', async () => {
    const { contract, verdicts } = await runConformance({
      name: 'a model over SQL tables',
      create: (context) => module.create(context),
      seed: (data, context) => module.seed!(data, context),
      url: mine.url,
      processes: { module: file, execArgv },
      only: ['shape', 'client', 'user', 'code', 'refresh', 'once', 'fault'],
    })
    expect(contract).toBe('promise model')
    const failed = verdicts.filter(({ status }) => status === 'failed')
    const reasons = failed.map(({ case: { id }, reason = '' }) => [id, reason] as const)
    const twice = /that returned true, of \d+ at the same time: got \d+, expected 1/
    expect(reasons.filter(isLikely).filter(([, reason]) => !twice.test(reason))).toEqual([])
    expect(Object.fromEntries(reasons.filter((one) => !isLikely(one)))).toEqual({
      'shape.owner': expect.stringMatching(/^getClient\(\) returned undefined/),
      'shape.miss': expect.stringContaining("reading 'access_token'"),
      'shape.expires': expect.stringMatching(/^"accessTokenExpiresAt".* is '\d+', which is not/),
      'client.find': expect.stringMatching(/^getClient\(\) of "Client-.*" returned undefined/),
      'client.secret': expect.stringMatching(/^getClient\(\) without a secret to check returned/),
      'client.grant': expect.stringMatching(/^"grants" of getClient\(\)/),
      'once.code.barrier': expect.stringMatching(twice),
      'once.refresh.barrier': expect.stringMatching(twice),
    })
  })
})
