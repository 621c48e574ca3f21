import type { Outcome } from './importing'

/** The numbers of rows of one kind. */
export interface ImportCounts {
  /** It was created by this import. */
  created: number
  /** It existed before, and was not changed. */
  alreadyThere: number
  /** The tokens have expired, or what was imported earlier has been revoked or deleted since. */
  skipped: number
  /** It was not imported: its row is wrong, or the store failed. */
  failed: number
}

/** A row that was not imported. */
export interface ImportFailure {
  /** The number of the row. The first row is 1. */
  row: number
  /** What is wrong, and what to do. Contains no secret. */
  reason: string
  /** The error of the store or of `passwords.hash`. It may contain values of the row. */
  cause?: unknown
}

/** The result of an import. */
export interface ImportReport {
  /** The number of rows whose import has ended. */
  rows: number
  /** The rows of kind `client`. */
  clients: ImportCounts
  /** The rows of kind `user`. */
  users: ImportCounts
  /** The rows of kind `grant`. */
  grants: ImportCounts
  /** The number of rows that were not imported, including those of no known kind. */
  failed: number
  /** The first 100 failures, in the order of their rows. */
  failures: ImportFailure[]
}

const mostFailures = 100
const longestReason = 300

const countsOf = { client: 'clients', user: 'users', grant: 'grants' } as const

/** The kinds of rows. */
export type Kind = keyof typeof countsOf

/** The names of the kinds of rows. */
export const kinds = Object.keys(countsOf) as Kind[]

/** Counts what became of the rows. */
export class Tally {
  #rows = 0
  #failed = 0
  readonly #failures: ImportFailure[] = []
  readonly #counts = { clients: noCounts(), users: noCounts(), grants: noCounts() }

  /** The number of rows that were counted. */
  get rows(): number {
    return this.#rows
  }

  count(kind: Kind, outcome: Outcome): void {
    this.#rows++
    this.#counts[countsOf[kind]][outcome]++
  }

  fail(kind: Kind | undefined, row: number, reason: string, cause?: unknown): void {
    this.#rows++
    this.#failed++
    if (kind) this.#counts[countsOf[kind]].failed++
    const last = this.#failures[mostFailures - 1]
    if (last && last.row < row) return
    const clean = printable(reason)
    const short = clean.length > longestReason ? `${clean.slice(0, longestReason)}…` : clean
    this.#failures.push({ row, reason: short, ...(cause !== undefined && { cause }) })
    // Rows end in another order than they were read.
    this.#failures.sort((a, b) => a.row - b.row)
    this.#failures.splice(mostFailures)
  }

  report(): ImportReport {
    const { clients, users, grants } = this.#counts
    return {
      rows: this.#rows,
      clients: { ...clients },
      users: { ...users },
      grants: { ...grants },
      failed: this.#failed,
      failures: [...this.#failures],
    }
  }
}

/** Replaces control characters, such as those that change the direction of text. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd')
}

function noCounts(): ImportCounts {
  return { created: 0, alreadyThere: 0, skipped: 0, failed: 0 }
}
