import type { Summary } from './statistics'

/** A figure to reach: the value in that column is at most so much. */
export interface Target {
  column: string
  atMost: number
}

/** What one contender took. */
export interface Row {
  label: string
  /** By the names of the columns; one may be left empty. */
  values: Readonly<Record<string, number | undefined>>
  target?: Target
}

/** What a benchmark found out. */
export interface Result {
  title: string
  /** The columns in their order, each with the number of digits behind the point. */
  columns: Readonly<Record<string, number>>
  rows: readonly Row[]
  /** The column that a chart of bars shows, if there is one. */
  chart?: string
  /** The columns that a chart of lines shows over the labels of the rows, if there are some. */
  lines?: readonly string[]
}

/** Something that can be run by its name. */
export interface Benchmark {
  name: string
  run: () => Promise<Result[]>
}

/** Whether the figure was reached; `undefined` where there is none. */
export function isMet({ values, target }: Row): boolean | undefined {
  if (!target) return undefined
  const value = values[target.column]
  return value !== undefined && value <= target.atMost
}

/** The columns of a summary. */
export function spread({ median, lowerQuartile, upperQuartile }: Summary) {
  return { median, 'lower quartile': lowerQuartile, 'upper quartile': upperQuartile }
}

/** A result as a table for people. */
export function tableOf({ title, columns, rows }: Result): string {
  const header = ['', ...Object.keys(columns), 'to reach', '']
  const lines = rows.map((row) => [
    row.label,
    ...Object.entries(columns).map(([name, digits]) => numberText(row.values[name], digits)),
    row.target ? `${row.target.column} ≤ ${row.target.atMost}` : '',
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

/** A number for people; empty where there is none. */
export function numberText(value: number | undefined, digits: number): string {
  return value === undefined
    ? ''
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
