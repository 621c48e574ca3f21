/** The provider's log. A logger of pino fits. */
export interface Log {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

const mostCauses = 5

/**
 * Returns the stack of an error, and those of its causes. Other properties are left out, because
 * errors of database drivers contain the values of the statement.
 */
export function stackOf(error: unknown): string {
  const stacks: string[] = []
  let at = error
  while (at !== undefined && at !== null && stacks.length < mostCauses) {
    stacks.push(at instanceof Error ? (at.stack ?? String(at)) : `a thrown ${typeof at}`)
    at = at instanceof Error ? at.cause : undefined
  }
  return stacks.join('\ncaused by: ')
}
