import type { Verdict } from '../case'

/** An error whose cause its message says, whatever the case checks. */
export interface KnownError {
  /** The same for all failures with this cause. */
  readonly clue: string
  readonly why: string
  readonly fix: string
}

/** Returns the error that explains a failure by its message, if one is known. */
export function knownErrorIn({ reason = '', observed = [] }: Verdict): KnownError | undefined {
  // A case that runs the engine sees only its response.
  const texts = [reason, ...observed.map(({ text }) => text)].join('\n')
  const unwritten = /\b(\w+)(?:\(\))? is not implemented/.exec(texts)?.[1]
  if (unwritten !== undefined) {
    return {
      clue: `${unwritten} is not implemented`,
      why: `The contract needs ${unwritten}(), and the cases that call it can't check anything else.`,
      fix: `Write ${unwritten}().`,
    }
  }
  if (/SQLITE_BUSY|SQLITE_LOCKED|database (?:table )?is locked/.test(texts)) {
    return {
      clue: 'SQLite is locked',
      why: 'SQLite has one writer at a time. A request that does not wait for it fails.',
      fix: 'Set a busy timeout on each connection, such as `PRAGMA busy_timeout = 5000`, and begin transactions that write with BEGIN IMMEDIATE.',
    }
  }
  return undefined
}
