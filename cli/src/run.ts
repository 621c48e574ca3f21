import { inspect, parseArgs } from 'node:util'
import { OptionError } from '@oauth2-kit/core'
import { nearestOf } from '@oauth2-kit/core/store-kit'
import { type Command, type Options, type Surroundings, UsageError, type Values } from './command'
import { awayReason } from './away'
import { commands } from './commands'
import { findCommand } from './find-command'
import { commandHelp, overview } from './help'
import { packageProgram } from './package-program'
import { Interrupted } from './signals'
import { printableLines } from './table'
import { version } from './version'

const everywhere: Options = {
  json: { type: 'boolean', about: 'print JSON, for programs' },
  help: { type: 'boolean', about: 'print this help' },
}

/** An option as `parseArgs` returns it. */
interface OptionToken {
  name: string
  rawName: string
  value?: string | undefined
  inlineValue?: boolean | undefined
}

/** The names, in messages, of values that come only from the environment or the standard input. */
const secrets: Readonly<Record<string, string>> = {
  password: 'the password',
  secret: 'the secret',
}

/**
 * Runs a command line and resolves with its exit code: 0 = done, 1 = it failed or `check` found a
 * problem, 2 = the command line is wrong, 3 = the database is away, 128 and more = a signal.
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings
  try {
    return await dispatch(argv, surroundings, (said) => stdout.write(`${said}\n`))
  } catch (error) {
    const { code, message } = failureOf(error)
    stderr.write(`oauth2-kit: ${printableLines(message)}\n`)
    return code
  }
}

/** Returns the exit code for an error, and what to print. */
export function failureOf(error: unknown): { code: number; message: string } {
  if (error instanceof UsageError) return { code: 2, message: error.message }
  if (error instanceof Interrupted) return { code: error.exitCode, message: error.message }
  const away = awayReason(error)
  if (away !== undefined) return { code: 3, message: `the database is away: ${away}` }
  return { code: 1, message: messageOf(error) }
}

async function dispatch(
  argv: readonly string[],
  surroundings: Surroundings,
  print: (said: string) => void,
): Promise<number> {
  const [first] = argv
  if (first === undefined) throw new UsageError(`the command is missing\n\n${overview(commands)}`)
  if (first === '--version') {
    print(version)
    return 0
  }
  const helps = first === 'help' || argv.includes('--help') || argv.includes('-h')
  const words = argv.filter((word, at) => !(at === 0 && word === 'help'))
  const [word = '', ...args] = words
  const isOurs = commands.some(({ name }) => name.split(' ')[0] === word)
  const other = isOurs ? undefined : packageProgram(word, surroundings.cwd)
  if (other !== undefined)
    return surroundings.start(other, first === 'help' ? [...args, '--help'] : args)
  const { command, group, rest } = findCommand(words)
  if (helps) {
    print(command ? commandHelp({ ...command, options: allOptions(command) }) : overview(group))
    return 0
  }
  if (!command) throw new UsageError(`the command is missing\n\n${overview(group)}`)
  const { values, positionals } = parse(command, rest)
  const { json, text, failed } = await runCommand(command, { values, positionals, surroundings })
  print(values['json'] ? JSON.stringify(json, null, 2) : text)
  return failed ? 1 : 0
}

async function runCommand(command: Command, given: Parameters<Command['run']>[0]) {
  try {
    return await command.run(given)
  } catch (error) {
    throw asUsageError(error, command)
  }
}

function parse(command: Command, args: readonly string[]) {
  const options = allOptions(command)
  refuseSecrets(args, options)
  const parsed = parseStrictly(args, options, command)
  const { positionals } = command
  const needed = positionals.filter((name) => !name.startsWith('['))
  const { length } = parsed.positionals
  if (length < needed.length || length > positionals.length) {
    const taken = positionals.join(' ') || 'no argument'
    throw new UsageError(`${command.name} takes ${taken}${seeHelp(command)}`)
  }
  return parsed
}

function parseStrictly(args: readonly string[], options: Options, command: Command) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple = false }]) => [name, { type, multiple }]),
  )
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: config,
    allowPositionals: true,
    // Not strict, so that our own messages can suggest the nearest option.
    strict: false,
    tokens: true,
  })
  for (const token of tokens) {
    const problem = token.kind === 'option' ? problemOf(token, options) : undefined
    if (problem !== undefined) throw new UsageError(`${problem}${seeHelp(command)}`)
  }
  return { values: values as Values, positionals }
}

/** Returns what is wrong with an option of the command line, or `undefined`. */
function problemOf(
  { rawName, name, value, inlineValue }: OptionToken,
  options: Options,
): string | undefined {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (!option) {
    const nearest = nearestOf(name, Object.keys(options))
    return `Unknown option "${rawName}"${nearest === undefined ? '' : `. Did you mean "--${nearest}"?`}`
  }
  if (option.type === 'boolean')
    return value === undefined ? undefined : `"--${name}" takes no value`
  if (value === undefined) return `"--${name}" needs a value`
  // In `--store --json` the value was probably forgotten.
  return !inlineValue && value.length > 1 && value.startsWith('-')
    ? `"--${name}" needs a value: write "--${name}=${value}" if it begins with a dash`
    : undefined
}

function allOptions({ options }: Command): Options {
  return { ...options, ...everywhere }
}

/**
 * Refuses secrets as arguments: other users of the machine can see them, and the shell's history
 * keeps them.
 */
function refuseSecrets(args: readonly string[], options: Options): void {
  for (const name of Object.keys(secrets)) {
    if (!args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))) continue
    const ways = Object.keys(options).filter((option) => option.startsWith(`${name}-`))
    const fix = ways.length > 0 ? `: use ${ways.map((way) => `--${way}`).join(' or ')}` : ''
    throw new UsageError(`the ${name} must not be on the command line${fix}`)
  }
}

/** Turns the core's error about a property into one about the command's options. */
function asUsageError(error: unknown, { options }: Command): unknown {
  if (!(error instanceof OptionError)) return error
  const quoted = `"${error.option}"`
  const ofSecret = secrets[error.option]
  const asSecret = ofSecret === undefined ? error.message : error.message.replace(quoted, ofSecret)
  // A message can name several properties.
  const message = Object.entries(options).reduce(
    (text, [name, { property }]) =>
      property === undefined ? text : text.replaceAll(`"${property}"`, `--${name}`),
    asSecret,
  )
  return message.includes(quoted) ? error : new UsageError(message, { cause: error })
}

function seeHelp({ name }: Command): string {
  return `; see oauth2-kit ${name} --help`
}

/**
 * Returns the message of an error and of its cause. If a module of the user has a fault, returns the
 * stack too.
 */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause === undefined) return error.message
  if (!(cause instanceof Error)) return `${error.message}\n${inspect(cause)}`
  return isFault(cause) ? `${error.message}\n${cause.stack}` : `${error.message}: ${cause.message}`
}

/** Whether an error is of the language, and says nothing about what to do. */
function isFault(error: Error): boolean {
  // A module of the user has its own classes if it was loaded by another loader.
  return ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError'].includes(error.name)
}
