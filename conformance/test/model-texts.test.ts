import { type ConformanceOptions, cases, runConformance } from '../src'
import { modelContracts } from '../src/model/contracts'
import { forModel, textsOf } from '../src/model/texts'
import { newModelContent, referenceModel, seedModel } from '../src/reference/model'
import {
  memoryShelf,
  referencePromiseModel,
  seedPromiseModel,
} from '../src/reference/promise-model'
import { reporters } from '../src/reporters'
import { wordsIn } from './support/texts'

// What a report on a model says must make sense to somebody who has never seen a store.

describe.each(modelContracts)(
  'the texts of a case that is offered to a model of %s',
  (contract) => {
    const offered = cases().filter(({ models }) => models?.[contract])

    it.each(offered.map((one) => [one.id, forModel(one, contract)] as const))('%s', (_id, one) => {
      const { title, why, fix } = one
      expect([title, why, fix].map((text) => [text, wordsIn(text)])).toEqual(
        [title, why, fix].map((text) => [text, []]),
      )
    })

    it('exist for such cases only, and differ from those for a store', () => {
      for (const [id, texts] of Object.entries(textsOf[contract])) {
        const found = offered.find((one) => one.id === id)
        expect([id, found?.id]).toEqual([id, id])
        for (const [member, text] of Object.entries(texts))
          expect(text).not.toBe(found![member as 'title'])
      }
    })
  },
)

type Fn = (...args: unknown[]) => unknown

type Change = (name: string, right: Fn) => Fn

/** Changes of every function of a model of either contract. */
const broken: Record<string, Change> = {
  'reports an error': () => () => Promise.reject(new Error('broken')),
  'returns nothing': () => async () => undefined,
  'returns true': () => async () => true,
  'returns an empty object': () => async () => ({}),
}

/** Changes of every function of a 2.4 model. */
const brokenCallbacks: Record<string, Change> = {
  ...broken,
  'calls back twice':
    (_name, right) =>
    (...args) => {
      const callback = args.at(-1) as Fn
      return right(...args.slice(0, -1), (...results: unknown[]) => {
        callback(...results)
        callback(...results)
      })
    },
  'changes what it finds':
    (name, right) =>
    (...args) => {
      const callback = args.at(-1) as Fn
      return right(...args.slice(0, -1), (error: unknown, found: unknown) => {
        const isObject = typeof found === 'object' && found !== null && name !== 'generateToken'
        callback(error, isObject ? { ...found, clientId: 'x', userId: 7, expires: 'soon' } : found)
      })
    },
}

/** Changes of every function of a promise model. */
const brokenPromises: Record<string, Change> = {
  ...broken,
  'never answers': () => () => new Promise(() => {}),
  'takes a callback': () => (_first: unknown, _second: unknown, _third: unknown, _done: unknown) =>
    undefined,
  'changes what it finds':
    (_name, right) =>
    async (...args) => {
      const found = await right(...args)
      if (typeof found !== 'object' || found === null) return found
      return { ...found, client: 'x', user: 7, scope: 'undefined', expiresAt: 'soon', grants: 'x' }
    },
}

function changed(right: object, change: Change): object {
  return Object.fromEntries(
    Object.entries(right).map(([name, fn]) => [name, change(name, fn as Fn)]),
  )
}

function promiseOptionsFor(change: Change): ConformanceOptions {
  const entries = new Map<string, string>()
  const shelf = memoryShelf(entries)
  return {
    name: 'a broken one',
    level: 'secure',
    deadline: 100,
    create: () => ({ model: changed(referencePromiseModel(shelf), change) }),
    seed: (data) => seedPromiseModel(shelf, data),
    raw: { dump: async () => JSON.stringify([...entries]) },
  }
}

function optionsFor(change: Change): ConformanceOptions {
  const content = newModelContent()
  return {
    name: 'a broken one',
    level: 'secure',
    create: () => ({ model: changed(referenceModel(content), change) }),
    seed: (data) => seedModel(content, data),
    raw: { dump: async () => JSON.stringify([...content.access, ...content.users]) },
  }
}

const reported = [
  ...Object.entries(brokenCallbacks).map(
    ([what, change]) => ['2.4 model', what, optionsFor(change)] as const,
  ),
  ...Object.entries(brokenPromises).map(
    ([what, change]) => ['promise model', what, promiseOptionsFor(change)] as const,
  ),
]

describe('the report on a model', () => {
  it.each(reported)(
    'a %s that %s: has no word of the storage contract',
    async (_contract, _what, options) => {
      const report = await runConformance(options)
      const failed = report.verdicts.filter(({ status }) => status === 'failed')
      expect(failed.length).toBeGreaterThan(0)
      for (const verdict of failed) {
        const reason = verdict.reason ?? ''
        expect([verdict.case.id, reason, wordsIn(reason)]).toEqual([verdict.case.id, reason, []])
      }
      const text = reporters.pretty(report, 'npx oauth2-conformance model.cjs')
      // The last paragraphs recommend a store.
      const [failures = ''] = text.split(/\n\n.*Not applicable|\n\n\d+ promises that/)
      const lines = failures.split('\n').filter((line) => !/^(?:group|\w+ +[\d·]+ )/.test(line))
      // The ids of cases are the same for all.
      const said = lines.filter((line) => !/Replay |Probably the same cause| {4}\w+\./.test(line))
      for (const line of said) {
        const words = wordsIn(line.replace(/^(?:✗| +\d+\.) [\w.-]+: /, ''))
        expect([line, words]).toEqual([line, []])
      }
    },
  )
})
