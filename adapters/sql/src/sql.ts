import { dialects } from './dialect'
import type { SqlExecutor, SqlValue } from './executor'

/** One statement with its values. */
export type Statement = [text: string, values: SqlValue[]]

/** Adds a value to a statement, in the order of its text. Returns the placeholder for it. */
export type Next = (value: SqlValue) => string

/** Builds statements whose parameters have the syntax of the executor. */
export type Build = (text: (next: Next) => string) => Statement

/** Returns a function that builds statements for an executor. */
export function builderFor({ dialect, placeholder }: SqlExecutor): Build {
  const parameter = placeholder ?? dialects[dialect].placeholder
  const isMysql = dialects[dialect].name === 'mysql'
  return (text) => {
    const values: SqlValue[] = []
    const add = (value: SqlValue) => parameter(values.push(value) - 1)
    const next: Next = (value) =>
      isMysql && typeof value === 'string' && depends.test(value)
        ? `CONVERT(UNHEX(${add(Buffer.from(value).toString('hex'))}) USING utf8mb4)`
        : add(value)
    return [text(next), values]
  }
}

/**
 * Text whose meaning depends on the character set of the connection or on the mode of the server.
 * Drivers of MySQL encode and quote it without knowing either: a letter could become a quote, or two
 * different ids the same. So it is sent as hexadecimal digits.
 */
const depends = /[^ -~]|['\\]/

/** Returns the placeholders of `IN (...)`. */
export function listOf(values: readonly SqlValue[], next: Next): string {
  return values.map((value) => next(value)).join(', ')
}

/**
 * Returns a LIMIT. The number is part of the text, because MySQL 8 refuses a prepared LIMIT whose
 * value the driver sends as a floating-point number.
 */
export function limitOf(rows: number): string {
  return `LIMIT ${Math.trunc(rows)}`
}
