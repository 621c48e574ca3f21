import type { DataSource, Logger } from 'typeorm'

/** A statement and its parameters. */
export type Recorded = [sql: string, parameters: unknown[]]

/** Keeps the statements that reach the database, and the errors that it answers with. */
export class Recorder implements Logger {
  readonly statements: Recorded[] = []
  readonly errors: string[] = []

  logQuery(sql: string, parameters?: unknown): void {
    this.statements.push([sql, (parameters as unknown[]) ?? []])
  }

  logQueryError(error: string | Error): void {
    this.errors.push(String(error))
  }

  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

/** What reaches the database while the work is done. */
export async function recorded(
  dataSource: DataSource,
  work: () => Promise<unknown>,
): Promise<Recorder> {
  const [before, recorder] = [dataSource.logger, new Recorder()]
  dataSource.logger = recorder
  try {
    await work()
  } finally {
    dataSource.logger = before
  }
  return recorder
}
