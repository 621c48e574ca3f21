/** A connection without Prisma's client, for its migrations. */
export interface Connection extends AsyncDisposable {
  /** Waits until no other process writes, and keeps others from it until it is closed. */
  lock(): Promise<unknown>
  /** Runs a script of any number of statements. */
  run(script: string): Promise<unknown>
  /** Runs one statement, in which each `?` is one of the values. */
  query(sql: string, values?: string[]): Promise<Record<string, unknown>[]>
}
