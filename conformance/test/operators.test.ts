import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Case } from '../src/case'
import { cases } from '../src/cases'
import { operatorVariants } from '../src/self-test/operators'
import { equivalents } from '../src/self-test/operators/equivalents'
import { sourceVariants } from './support/source-variants'
import { caughtBy, firstFailure, searchOrder } from './support/survey'
import { survivorsPage } from './support/survivors-page'

const record = path.join(__dirname, 'operators.json')
const page = path.resolve(__dirname, '../docs/survivors.md')
/** Whether to search for the case that catches each store, which takes minutes. */
const searches = process.env['OAUTH2_TEST_SURVEY'] !== undefined

const variants = [...operatorVariants(), ...sourceVariants()]
const before = existsSync(record)
  ? (JSON.parse(readFileSync(record, 'utf8')) as Record<string, string | null>)
  : {}
const known: Record<string, string | null> = searches ? {} : before

/** Every change tries one store in sixteen, `npm run survey` all of them. */
const sample = variants.filter((_, at) => searches || at % 16 === 0)

/** Returns the case that the record names, if it exists. */
function caseOf(name: string): Case | undefined {
  return cases().find(({ id }) => id === before[name])
}

describe('stores that operators make', () => {
  jest.setTimeout(3_600_000)

  if (searches) {
    it('finds the case that catches each', async () => {
      const order = searchOrder()
      const counts = new Map<string, number>()
      for (const variant of variants) {
        const one = caseOf(variant.name)
        const isKnown = one && (await firstFailure(variant, [one])) === one.id
        const likely = order.toSorted((a, b) => (counts.get(b.id) ?? 0) - (counts.get(a.id) ?? 0))
        const found = isKnown ? one.id : await caughtBy(variant, likely)
        known[variant.name] = found
        if (found !== null) counts.set(found, (counts.get(found) ?? 0) + 1)
      }
      writeFileSync(record, `${JSON.stringify(known, null, 2)}\n`)
      writeFileSync(page, survivorsPage(known, equivalents))
      expect(Object.keys(known)).toHaveLength(variants.length)
    })
  }

  it('are those of the record', () => {
    expect(variants.map(({ name }) => name)).toEqual(Object.keys(known))
  })

  it('are all caught, or proved equivalent', () => {
    const survivors = Object.keys(known).filter((name) => known[name] === null)
    expect(survivors.toSorted()).toEqual(Object.keys(equivalents).toSorted())
  })

  it('are caught by the case of the record', async () => {
    const missed: string[] = []
    for (const variant of sample) {
      const one = caseOf(variant.name)
      if (one && (await firstFailure(variant, [one])) !== one.id)
        missed.push(`${variant.name} is not caught by ${one.id}`)
    }
    expect(missed).toEqual([])
  })

  it('are listed in the docs', () => {
    expect(readFileSync(page, 'utf8')).toBe(survivorsPage(known, equivalents))
  })
})
