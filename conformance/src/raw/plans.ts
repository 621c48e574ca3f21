/** A statement and its parameters. */
export type Statement = readonly [sql: string, parameters: readonly unknown[]]

/** Runs one statement and resolves with its rows. */
export type Run = (sql: string, parameters?: readonly unknown[]) => Promise<unknown[]>

/** Returns the statements that have a plan: not BEGIN or COMMIT. */
export function planned(statements: readonly Statement[]): Statement[] {
  return statements.filter(([sql]) => /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(sql))
}
