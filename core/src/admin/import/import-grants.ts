import { isNativeError } from 'node:util/types'
import { OptionError } from '../../errors/option-error'
import { assertMethods } from '../../contract/needs-store'
import { readOptions } from '../../options/read-options'
import { described } from '../../values/described'
import { isPlainObject } from '../../values/is-object'
import { importClient } from './client-row'
import { eachAtOnce } from './each-at-once'
import { importGrant } from './grant-row'
import { type ImportOptions, importDefaults, importRules } from './import-options'
import { type ImportReport, type Kind, Tally, kinds } from './import-report'
import type { ImportStore, Importing, Outcome } from './importing'
import { KnownClients } from './known-clients'
import { RowError, StoreFailure, UnknownClientError } from './row-error'
import type { Row } from './row-fields'
import type { ImportRow } from './rows'
import { StoreTrouble } from './store-trouble'
import { importUser } from './user-row'

const rowsPerProgress = 1000
/** The grants that may wait for the row of their client. */
const mostWaiting = 10_000

/** The rows of an import. An Error in the place of a row counts as failed, with its message. */
export type ImportRows = Iterable<ImportRow | Error> | AsyncIterable<ImportRow | Error>

/**
 * Imports clients, users and tokens, such as those of another OAuth server, and resolves with a
 * report. Rows may come in any order, from an array or a stream. A wrong row is reported with its
 * number, and the others are imported.
 *
 * An import can be repeated: what exists is not changed, and what was redeemed, revoked or deleted
 * since an earlier import does not come back. An interrupted import is continued by repeating it
 * within 30 days. Several imports may run at the same time.
 *
 * Throws an OptionError if an argument is wrong, and rejects if the store is away, `rows` fails, or
 * `signal` is aborted.
 */
export async function importGrants(
  store: ImportStore,
  rows: ImportRows,
  options: ImportOptions = {},
): Promise<ImportReport> {
  assertMethods(store, needed, 'importGrants()')
  const settings = readOptions(options, importRules, {
    defaults: importDefaults,
    of: 'importGrants()',
  })
  assertRows(rows)
  const { concurrency, stopOnFailure, onProgress, signal, dryRun } = settings
  const importing: Importing = { ...settings, store }
  const tally = new Tally()
  const clients = new KnownClients(store)
  const trouble = new StoreTrouble(store)
  const waiting: { number: number; row: Row }[] = []
  let read = 0
  let reported = 0

  async function importRow(row: Row, kind: Kind): Promise<Outcome> {
    if (kind === 'user') return importUser(row, importing)
    if (kind === 'grant') return importGrant(row, importing, clients)
    const outcome = await importClient(row, importing)
    if (dryRun && outcome === 'created') assume(row)
    return outcome
  }

  /** The client of this row is valid. */
  function assume({ id, scopes }: Row): void {
    clients.assume(id as string, scopes === undefined ? [] : (scopes as string[] | null))
  }

  /** Imports a row and counts what became of it. Rejects if the import cannot go on. */
  async function take(number: number, given: unknown, mayWait: boolean): Promise<void> {
    let kind: Kind | undefined
    try {
      const row = rowOf(given)
      kind = kindOf(row)
      tally.count(kind, await importRow(row, kind))
      trouble.succeeded()
    } catch (error) {
      if (mayWait && error instanceof UnknownClientError && waiting.length < mostWaiting) {
        waiting.push({ number, row: given as Row })
        return
      }
      if (error instanceof StoreFailure) await trouble.failed(error.cause, signal)
      if (stopOnFailure) throw inRow(number, error)
      const { reason, cause } = reasonOf(error)
      tally.fail(kind, number, reason, cause)
    }
  }

  function progress(): void {
    if (tally.rows < reported + rowsPerProgress) return
    reported = tally.rows
    onProgress?.(tally.report())
  }

  await eachAtOnce(rows, concurrency, signal, async (row) => {
    await take(++read, row, true)
    progress()
  })
  await eachAtOnce(waiting, concurrency, signal, async ({ number, row }) => {
    await take(number, row, false)
    progress()
  })
  onProgress?.(tally.report())
  return tally.report()
}

const needed = [
  'getClient',
  'createClient',
  'issue',
  'extend',
  'find',
  'revoke',
  'getRecord',
  'addRecord',
] as const

function assertRows(rows: unknown): void {
  const isIterable =
    typeof rows === 'object' &&
    rows !== null &&
    (Symbol.iterator in rows || Symbol.asyncIterator in rows)
  if (isIterable) return
  throw new OptionError(
    'rows',
    'The second argument of importGrants() must be an array of rows, or another iterable of rows',
  )
}

function rowOf(given: unknown): Row {
  if (isNativeError(given)) throw new RowError(given.message)
  if (isPlainObject(given)) return given
  throw new RowError('The row must be a plain object with the member "kind"')
}

function kindOf({ kind }: Row): Kind {
  const found = kinds.find((one) => one === kind)
  if (found) return found
  const was = typeof kind === 'string' ? described(kind) : typeof kind
  throw new RowError(`"kind" must be ${kinds.map((one) => `"${one}"`).join(' or ')}, but is ${was}`)
}

/** Returns what to report about a row. Only messages of our own are known to contain no secret. */
function reasonOf(error: unknown): { reason: string; cause?: unknown } {
  if (error instanceof RowError) return { reason: error.message, cause: error.cause }
  if (error instanceof OptionError) return { reason: error.message }
  return { reason: 'The row could not be read: see its error', cause: error }
}

function inRow(number: number, error: unknown): Error {
  const { reason, cause = error } = reasonOf(error)
  return new OptionError('rows', `Row ${number}: ${reason}`, { cause })
}
