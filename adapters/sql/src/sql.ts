import { dialects } from './dialect'
import type { SqlExecutor, SqlValue } from './executor'

/** One statement with its values. */
export type Statement = [text: string, values: SqlValue[]]

/** Adds a value to a statement, in the order of its text. Returns the placeholder for it. */
export type Next = (value: SqlValue) => string

/** Builds statements whose parameters have the syntax of the executor. */
export interface Build {
  (text: (next: Next) => string): Statement
  /**
   * Builds a frequent statement, whose text is built once and then kept.
   * @param shape names all that the text depends on, apart from the values
   * @param values all values that the statement may contain
   * @param text returns the text, and passes values to `next` alone: it may get their positions in their
   * place, so it must not read them
   */
  kept(
    shape: string,
    values: readonly SqlValue[],
    text: (values: readonly SqlValue[], next: Next) => string,
  ): Statement
}

/** More shapes than the statements of the core have: a caller may issue any number of credentials. */
const mostShapes = 64

/** A statement that was built before: its text, and the positions of its values. */
interface Kept {
  text: string
  order: readonly number[]
}

/** Returns a function that builds statements for an executor. */
export function builderFor({ dialect, placeholder }: SqlExecutor): Build {
  const parameter = placeholder ?? dialects[dialect].placeholder
  const { name, needsCast } = dialects[dialect]
  const isMysql = name === 'mysql'
  const isEncoded = (value: SqlValue) => isMysql && typeof value === 'string' && depends.test(value)
  const shapes = new Map<string, Kept>()

  function build(text: (next: Next) => string): Statement {
    const values: SqlValue[] = []
    const add = (value: SqlValue) => parameter(values.push(value) - 1)
    const next: Next = (value) =>
      isEncoded(value)
        ? `CONVERT(UNHEX(${add(Buffer.from(String(value)).toString('hex'))}) USING utf8mb4)`
        : add(value)
    return [text(next), values]
  }

  return Object.assign(build, {
    kept(
      shape: string,
      values: readonly SqlValue[],
      text: (values: readonly SqlValue[], next: Next) => string,
    ): Statement {
      // Such values change the text.
      if (values.some((value) => isEncoded(value) || needsCast(value)))
        return build((next) => text(values, next))
      let kept = shapes.get(shape)
      if (!kept) {
        const positions = values.map((_, at) => at)
        const [built, order] = build((next) => text(positions, next))
        kept = { text: built, order: order as number[] }
        if (shapes.size < mostShapes) shapes.set(shape, kept)
      }
      return [kept.text, kept.order.map((at) => values[at]!)]
    },
  })
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
