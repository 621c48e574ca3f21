import { type TestRunner, describeConformance } from '../src'
import { reporters } from '../src/reporters'
import { Database, directConnection } from '../src/reference/connection'
import { referenceStore } from '../src/reference/store'
import { runConformance } from '../src/runner'
import { answers } from '../src/self-test/mutant'
import type { ConformanceOptions } from '../src/types'

/** A store whose sealed answers are cut, in a case that sees only responses of the engine. */
const options: ConformanceOptions = {
  name: 'a store',
  only: 'grant.grace-answer',
  create({ namespace }) {
    const store = referenceStore(directConnection(new Database()), namespace)
    const find = answers(
      store.find,
      (found) => found && { ...found, data: found.data.slice(0, 255) },
    )
    return { store: { ...store, find } }
  },
}

type Body = () => Promise<void>

/** Registers the suite with a test runner that only collects the tests. */
async function messageOf(given: ConformanceOptions): Promise<string> {
  const bodies: Body[] = []
  const last: Body[] = []
  describeConformance(given, {
    describe: (_, define) => define(),
    it: (_, run) => bodies.push(run as Body),
    beforeAll: (run) => bodies.push(run),
    afterAll: (run) => last.push(run),
  })
  try {
    for (const body of bodies) await body()
    return 'no failure'
  } catch (error) {
    return (error as Error).message
  } finally {
    for (const body of last) await body()
  }
}

describe('the message of a failed test', () => {
  const hint = /Seen before that: find\(\) returned "data" cut after 255 of \d+ characters/

  it('has the hints of the reports', async () => {
    const message = await messageOf(options)
    expect(message.split('\n')[0]).toMatch(/^The token endpoint returned no tokens/)
    expect(message.split('\n')[1]).toMatch(hint)
    expect(message).toMatch(/\n\nCalls:\n {2}/)
    const report = await runConformance(options)
    expect(reporters.pretty(report, 'npx oauth2-conformance store.js')).toMatch(hint)
  })
})

describe('the contract of a model, in a test runner', () => {
  const fixtures = {
    client: { id: 'one', secret: 'a secret' },
    otherClient: { id: 'two', secret: 'another secret' },
    user: { id: '7', username: 'ada', password: 'a password' },
  }
  const model = { getClient: async () => null, getAccessToken: async () => null, saveToken() {} }

  const create = () => ({ model })

  it('is recognized if the model exists already', async () => {
    const titles: string[] = []
    const collected: TestRunner = {
      describe: (_, define) => define(),
      it: (title) => titles.push(title),
      beforeAll: () => {},
      afterAll: () => {},
    }
    describeConformance({ name: 'a model', model, fixtures }, collected)
    expect(titles.find((title) => title.startsWith('shape.callback'))).toBe(
      'shape.callback: no function takes a callback',
    )
  })

  it('must be set if create() makes the model', async () => {
    const unset = await messageOf({ name: 'a model', create, fixtures, only: 'shape.callback' })
    expect(unset).toMatch(/^"contract" must be 'promise' for this model: a test runner needs/)
    const set = { name: 'a model', create, fixtures, contract: 'promise' as const }
    expect(await messageOf({ ...set, only: 'shape.callback' })).toBe('no failure')
  })
})
