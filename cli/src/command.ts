import type { Readable, Writable } from 'node:stream'

/** One subcommand. */
export interface Command {
  /** The words that call it: `client create`. */
  name: string
  /** What it does, in one line. */
  summary: string
  /** The names of its arguments: `['ID']`. One in brackets may be left out: `['[FOLDER]']`. */
  positionals: readonly string[]
  /** Its options, besides `--json` and `--help`. */
  options: Options
  /** Lines that its help ends with. */
  notes?: readonly string[]
  /** Does it. Throws a `UsageError` where the command line is wrong. */
  run(given: Given): Promise<Output>
}

/** The options of a command, by their long names. */
export type Options = Readonly<Record<string, Option>>

export interface Option {
  type: 'string' | 'boolean'
  /** Whether it may be given several times. */
  multiple?: boolean
  /** What the help calls its value: `URI`. */
  value?: string
  /** What it means, in one line. */
  about: string
  /** What the core's messages call it. */
  property?: string
}

/** What a command is called with. */
export interface Given {
  positionals: readonly string[]
  values: Values
  surroundings: Surroundings
}

/** The values of the options, by their long names. */
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** What a command gives. */
export interface Output {
  /** For people. */
  text: string
  /** For programs: with `--json`. */
  json: unknown
  /** Whether it found something wrong, so that the exit code is 1. @default false */
  failed?: boolean
}

/** What a command has around it. */
export interface Surroundings {
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable
  stderr: Writable
  env: Readonly<Record<string, string | undefined>>
  /** The current folder. */
  cwd: string
  /** Loads a module by the path of its file. */
  load: (file: string) => Promise<Record<string, unknown>>
  /** Runs another program on the same standard streams, and gives its exit code. */
  start: (file: string, args: readonly string[]) => Promise<number>
}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The text of an option, if it was given. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** The texts of an option that may be given several times; `undefined` = it was not given. */
export function texts(values: Values, name: string): string[] | undefined {
  const value = values[name]
  return Array.isArray(value) ? value.map(String) : undefined
}

/** The number that an option gives. Throws a `UsageError` for anything else. */
export function number(values: Values, name: string): number | undefined {
  const given = text(values, name)
  if (given === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(given)) throw new UsageError(`--${name} must be a number`)
  return Number(given)
}
