import { parseArgs } from 'node:util'
import { OptionError } from '@oauth2-kit/core/store-kit'
import { type OpenStore, UrlError, openUrl } from './command-store'
import { type SqlDialect, dialectNames } from './dialect'
import { type SchemaOptions, sqlMigrations, sqlSchema } from './migrations'
import { type TableNames, defaultTables } from './tables'

/** What `runCommand()` reads, and where it prints. */
export interface CommandIo {
  /** The environment variables. @default process.env */
  env?: Readonly<Record<string, string | undefined>>
  /** The folder of the application, whose database clients are used. @default process.cwd() */
  cwd?: string
  /** Prints a text. @default to the standard output */
  print?: (text: string) => void
  /** Prints an error. @default to the standard error */
  warn?: (text: string) => void
}

const usage = `oauth2-kit sql schema --dialect DIALECT | check | migrate

  schema    prints the SQL that creates the tables of @oauth2-kit/sql
  check     reports what is wrong with the tables and settings of a database
  migrate   creates what a database lacks of the tables

  --dialect DIALECT       ${dialectNames.join(', ')}
  --from VERSION          only what the tables of that version lack
  --schema NAME           the schema of the tables; on MariaDB and MySQL the database
  --tables-prefix PREFIX  what the names of the tables begin with (default: oauth_)
  --url URL               the database: file:PATH, or postgres:, mysql: or mariadb:, without a
                          password (put a URL with a password into DATABASE_URL)
  --help                  prints this help

DATABASE_URL              the database, if --url is missing

Exit status: 0 if no problem is found, 1 if there is a problem, 2 for wrong usage.
`

/** The command line is wrong. Only the message is printed. */
class UsageError extends Error {}

const options = {
  dialect: { type: 'string' },
  from: { type: 'string' },
  schema: { type: 'string' },
  'tables-prefix': { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

type Values = ReturnType<typeof parsed>['values']

/** Which options each command takes, beside those that say where the tables are. */
const commands = {
  schema: ['dialect', 'from'],
  check: ['url'],
  migrate: ['url'],
} as const satisfies Record<string, readonly (keyof Values)[]>

type CommandName = keyof typeof commands

/**
 * Runs the command `oauth2-kit sql`. Resolves with the exit code: 0, 1 if it failed or `check` found
 * a problem, or 2 if the command line is wrong.
 */
export async function runCommand(args: readonly string[], io: CommandIo = {}): Promise<number> {
  const print = io.print ?? ((text) => process.stdout.write(text))
  const warn = io.warn ?? ((text) => process.stderr.write(text))
  try {
    const { values, positionals } = parsed(args)
    if (values.help) {
      print(usage)
      return 0
    }
    const command = commandOf(positionals, values)
    if (command === 'schema') {
      print(schemaText(values))
      return 0
    }
    return await onDatabase(command, values, { ...io, print, warn })
  } catch (error) {
    const isUsage =
      error instanceof UsageError || error instanceof UrlError || error instanceof OptionError
    warn(`oauth2-kit sql: ${messageOf(error)}\n`)
    return isUsage ? 2 : 1
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\. |\n/)
    throw new UsageError(`${sentence}; see oauth2-kit sql --help`)
  }
}

function commandOf(positionals: readonly string[], values: Values): CommandName {
  const names = Object.keys(commands).join(', ')
  const [name, ...others] = positionals
  if (name === undefined || others.length > 0 || !Object.hasOwn(commands, name))
    throw new UsageError(`use one of ${names}; see oauth2-kit sql --help`)
  const command = name as CommandName
  const known: readonly string[] = [...commands[command], 'schema', 'tables-prefix', 'help']
  const other = Object.keys(values).find((option) => !known.includes(option))
  if (other !== undefined)
    throw new UsageError(`${name} has no option --${other}; see oauth2-kit sql --help`)
  return command
}

function schemaText(values: Values): string {
  const dialect = values.dialect as SqlDialect | undefined
  if (dialect === undefined || !dialectNames.includes(dialect))
    throw new UsageError(`set --dialect to one of ${dialectNames.join(', ')}`)
  const place = placeOf(values)
  const latest = sqlMigrations(dialect, place).at(-1)!.version
  const from = values.from ?? '0'
  if (!/^\d{1,9}$/.test(from) || Number(from) > latest)
    throw new UsageError(`--from must be a version of the tables, from 0 to ${latest}`)
  if (Number(from) === latest) return `-- Version ${latest} of the tables is the latest one.\n`
  return sqlSchema(dialect, { ...place, from: Number(from) })
}

/** Returns where the tables are. */
function placeOf({ schema, 'tables-prefix': prefix }: Values): SchemaOptions {
  return {
    ...(schema !== undefined && { schema }),
    ...(prefix !== undefined && { tables: prefixed(prefix) }),
  }
}

function prefixed(prefix: string): TableNames {
  const names = Object.entries(defaultTables).map(([table, name]) => [
    table,
    name.replace(/^oauth_/, () => prefix),
  ])
  return Object.fromEntries(names) as TableNames
}

async function onDatabase(
  command: 'check' | 'migrate',
  values: Values,
  { env = process.env, cwd = process.cwd(), print, warn }: CommandIo & Required<Printers>,
): Promise<number> {
  const url = urlOf(values.url, env['DATABASE_URL'])
  let opened: OpenStore | undefined
  try {
    opened = openUrl(url, {
      cwd,
      mayCreate: command === 'migrate',
      created: (file) => print(`Created ${file}.\n`),
      options: placeOf(values),
    })
    const { store } = opened
    if (command === 'migrate') print(`The tables have version ${await store.migrate()}.\n`)
    const findings = await store.check()
    for (const { problem, fix } of findings) warn(`${problem}: ${fix}\n`)
    if (findings.length === 0 && command === 'check') print('No problems found.\n')
    return findings.length === 0 ? 0 : 1
  } finally {
    await opened?.close()
  }
}

type Printers = Pick<CommandIo, 'print' | 'warn'>

/** Returns the URL of the database. A password on the command line would be visible to others. */
function urlOf(given: string | undefined, fromEnvironment: string | undefined): string {
  if (given !== undefined && hasPassword(given))
    throw new UsageError('--url must have no password, which others could see: set DATABASE_URL')
  const url = given ?? fromEnvironment
  if (!url) throw new UsageError('set DATABASE_URL to the database, or --url')
  return url
}

/** Errs on the side of a password, because a wrong URL may contain one anywhere. */
function hasPassword(url: string): boolean {
  const { password = '', searchParams } = parsedUrl(url) ?? {}
  return (
    password !== '' ||
    searchParams?.has('password') === true ||
    /:[^/]*@/.test(url.replace(/^\w+:\/\//, ''))
  )
}

function parsedUrl(url: string): URL | null {
  try {
    return new URL(url)
  } catch {
    return null
  }
}

/** A connection that fails on IPv4 and IPv6 has a code, but no message. */
function messageOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  const [line = ''] = (message || String(code)).split('\n')
  return line
}
