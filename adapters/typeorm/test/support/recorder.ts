import type { DataSource, Logger } from 'typeorm'

/** A statement and its parameters. */
export type Recorded = [sql: string, parameters: unknown[]]

/** Records the statements that reach the database, and its errors. */
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

/** Records what reaches the database during the work. */
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
