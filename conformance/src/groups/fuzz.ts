import * as fc from 'fast-check'
import { compare, sequence } from '../fuzz/sequence'
import { creates, grantsOf, issues } from '../checked'
import { Failure, equal, isError, show } from '../expect'
import { aClient, aCredential, aGrant, anId, asFound } from '../given'
import { group } from '../group'
import type { StoreTrial } from '../trial'

const longestSearchMs = 20_000
const seeded = 'The report contains the seed, and --seed repeats the run.'

export const fuzz = group('fuzz', 'secure', [
  {
    id: 'model',
    title: 'any sequence of calls in two namespaces returns what the reference store returns',
    why: `A store can fail only in an order of calls that no single case tries. ${seeded}`,
    fix: 'Start with the shortest sequence that fails, which the report contains.',
    async run(t) {
      const stores = [await t.together(2), await t.together(2)]
      await property(t, sequence, 150, (steps) => compare(stores, steps))
    },
  },
  {
    id: 'text',
    title: 'ids, names and data keep any well-formed text unchanged',
    why: `Every encoding has characters that it changes or refuses. ${seeded}`,
    fix: 'Use four-byte Unicode columns, binary collations and query parameters.',
    async run(t) {
      const { store } = t
      await property(t, fc.tuple(text(), text()), 60, async ([one, other]) => {
        const unique = anId('f')
        const client = aClient({ id: `${one}${unique}`, name: other, scopes: [other] })
        await creates(store, client)
        equal(await store.getClient(client.id), client, 'getClient()')
        const grant = aGrant({ clientId: client.id, userId: `${other}${unique}` })
        const credential = aCredential({ data: JSON.stringify({ one, other }) })
        await issues(store, grant, [credential])
        equal(await store.find(credential.hash), asFound(credential, grant), 'find()')
        equal(await grantsOf(store, { userId: grant.userId! }), [grant], 'listGrants()')
      })
    },
  },
  {
    id: 'payload',
    title: 'getClient() returns any JSON in the metadata of a client unchanged',
    why: `Applications keep data of any form there. ${seeded}`,
    fix: 'Keep the metadata as JSON text.',
    async run(t) {
      const { store } = t
      const payload = fc.dictionary(
        fc.string({ unit: 'grapheme' }),
        fc.jsonValue({ noUnicodeString: false }),
      )
      await property(t, payload, 60, async (given) => {
        const metadata = JSON.parse(JSON.stringify(given)) as Record<string, unknown>
        const client = aClient({ metadata })
        await creates(store, client)
        const found = await store.getClient(client.id)
        equal(found?.metadata, metadata, 'The metadata')
      })
    },
  },
])

let texts: fc.Arbitrary<string> | undefined

/**
 * Text that the core passes on to a store: well-formed, without NUL, and at most 255 characters
 * together with an id. Created on first use, since its tables of all code points take time.
 */
function text(): fc.Arbitrary<string> {
  texts ??= fc
    .oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(
        '__proto__',
        '$where',
        '%_',
        '{}[]*?',
        '\r\n',
        '\u202e',
        '\u0301',
        ' ',
        '\\',
        '\'"`',
      ),
    )
    .map((value) => value.replaceAll('\0', ''))
  return texts
}

/** Checks a property with the seed of the run. A failure has the seed and the shortest example. */
async function property<T>(
  t: Pick<StoreTrial, 'session'>,
  arbitrary: fc.Arbitrary<T>,
  numRuns: number,
  holds: (value: T) => Promise<void>,
): Promise<void> {
  const seed = t.session.settings.randomSeed
  const limits = { seed, numRuns, interruptAfterTimeLimit: longestSearchMs }
  const { failed, errorInstance, counterexample, counterexamplePath } = await fc.check(
    fc.asyncProperty(arbitrary, holds),
    limits,
  )
  if (!failed || counterexample === null) return
  const reason = isError(errorInstance) ? errorInstance.message : show(errorInstance)
  throw new Failure(
    `${reason}. The shortest failing example: ${show(counterexample[0])} (seed ${seed}, path ${counterexamplePath})`,
  )
}
