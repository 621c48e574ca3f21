import type { Readable, Writable } from 'node:stream'
import type { Caught } from './signals'

/** A subcommand. */
export interface Command {
  /** Its name on the command line, such as `client create`. */
  name: string
  /** One line that says what it does. */
  summary: string
  /** The names of its arguments, such as `['ID']`. One in brackets is optional: `['[FOLDER]']`. */
  positionals: readonly string[]
  /** Its options, in addition to `--json` and `--help`. */
  options: Options
  /** Lines at the end of its help. */
  notes?: readonly string[]
  /** Runs it. Throws a `UsageError` if the command line is wrong. */
  run(given: Given): Promise<Output>
}

/** The options of a command, by their long names. */
export type Options = Readonly<Record<string, Option>>

export interface Option {
  type: 'string' | 'boolean'
  /** Whether it may be repeated. */
  multiple?: boolean
  /** The name of its value in the help, such as `URI`. */
  value?: string
  /** One line that says what it means. */
  about: string
  /** The name of the property in the core's messages. */
  property?: string
}

/** The arguments and options of a call, and its environment. */
export interface Given {
  positionals: readonly string[]
  values: Values
  surroundings: Surroundings
}

/** The values of the options, by their long names. */
export type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** The result of a command. */
export interface Output {
  /** The output for people. */
  text: string
  /** The output of `--json`. */
  json: unknown
  /** Whether it found a problem, so that the exit code is 1. @default false */
  failed?: boolean
}

/** The environment that a command runs in. */
export interface Surroundings {
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable
  stderr: Writable
  env: Readonly<Record<string, string | undefined>>
  /** The current working directory. */
  cwd: string
  /** Loads a module by its path. */
  load: (file: string) => Promise<Record<string, unknown>>
  /** Catches the signals that ask the program to end, until disposal. */
  catchSignals: () => Caught
  /** Runs another program on the same standard streams, and resolves with its exit code. */
  start: (file: string, args: readonly string[]) => Promise<number>
}

/** A wrong command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Returns the value of an option, or `undefined` if it is not set. */
export function text(values: Values, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** Returns the values of a repeatable option, or `undefined` if it is not set. */
export function texts(values: Values, name: string): string[] | undefined {
  const value = values[name]
  return Array.isArray(value) ? value.map(String) : undefined
}

/**
 * Returns the number in an option, or `undefined` if it is not set. Throws a `UsageError` if it is
 * not a number.
 */
export function number(values: Values, name: string): number | undefined {
  const given = text(values, name)
  if (given === undefined) return undefined
  if (!/^\d+(\.\d+)?$/.test(given)) throw new UsageError(`--${name} must be a number`)
  return Number(given)
}
