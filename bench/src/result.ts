import type { Summary } from './statistics'

/** A target: the value in that column must be at most `atMost`, or at least `atLeast`. */
export type Target = { column: string } & ({ atMost: number } | { atLeast: number })

/** The values of one contender. */
export interface Row {
  label: string
  /** By the names of the columns; a value may be missing. */
  values: Readonly<Record<string, number | undefined>>
  target?: Target
}

/** The result of a benchmark. */
export interface Result {
  title: string
  /** The columns in order, each with its number of decimal places. */
  columns: Readonly<Record<string, number>>
  rows: readonly Row[]
  /** The column that a bar chart shows; undefined means no chart. */
  chart?: string
  /** The columns that a line chart shows over the labels of the rows; undefined means no chart. */
  lines?: readonly string[]
}

/** A benchmark that can be run by its name. */
export interface Benchmark {
  name: string
  /** Whether the figures of each major version of Node.js are kept beside those of the others. */
  perNode?: boolean
  run: () => Promise<Result[]>
}

/** Returns whether the target was met, or `undefined` if the row has none. */
export function isMet({ values, target }: Row): boolean | undefined {
  if (!target) return undefined
  const value = values[target.column]
  if (value === undefined) return false
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast
}

/** Returns a target as text, such as `database × lean ≤ 1`. */
export function targetText(target: Target): string {
  const { column } = target
  return 'atMost' in target ? `${column} ≤ ${target.atMost}` : `${column} ≥ ${target.atLeast}`
}

/** Returns the columns of a summary. */
export function spread({ median, lowerQuartile, upperQuartile }: Summary) {
  return { median, 'lower quartile': lowerQuartile, 'upper quartile': upperQuartile }
}

/** Formats a result as a table for a terminal. */
export function tableOf({ title, columns, rows }: Result): string {
  const header = ['', ...Object.keys(columns), 'target', '']
  const lines = rows.map((row) => [
    row.label,
    ...Object.entries(columns).map(([name, digits]) => numberText(row.values[name], digits)),
    row.target ? targetText(row.target) : '',
    { true: 'met', false: 'not met', undefined: '' }[String(isMet(row))] ?? '',
  ])
  const widths = header.map((_, at) =>
    Math.max(...[header, ...lines].map((line) => line[at]?.length ?? 0)),
  )
  const text = [header, ...lines].map((line) =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  )
  return [title, ...text].join('\n')
}

/** Formats a number; returns an empty string for `undefined`. */
export function numberText(value: number | undefined, digits: number): string {
  return value === undefined
    ? ''
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
