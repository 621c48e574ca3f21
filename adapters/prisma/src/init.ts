import {
  type Dirent,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Provider } from './database'
import { isProvider } from './generated-client'

/** Where `init()` reads, writes and prints. */
export interface InitIo {
  /** The folder of the application. @default process.cwd() */
  cwd?: string
  /** Prints a line. @default to the standard output */
  print?: (line: string) => void
  /** Prints an error. @default to the standard error */
  warn?: (line: string) => void
}

const usage = `oauth2-kit prisma init [--schema <file or folder>] [--provider <provider>] [--force]

Copies the models and tables of @oauth2-kit/prisma next to your Prisma schema.

  --schema     your schema (default: prisma/schema, prisma/schema.prisma or schema.prisma)
  --provider   postgresql, mysql (also for MariaDB) or sqlite (default: the one in your schema)
  --force      overwrite existing files that differ`

const files = ['oauth.prisma', 'oauth.sql']

/** An error that the user can fix. Only its message is printed. */
class InitError extends Error {}

/**
 * Runs the command `oauth2-kit prisma init`: copies `oauth.prisma` and `oauth.sql` for the provider
 * of the application's schema. Returns the exit code: 0, or 1 after it has printed what to do.
 */
export function init(args: readonly string[], { cwd = process.cwd(), ...io }: InitIo = {}): number {
  const print = io.print ?? ((line) => process.stdout.write(`${line}\n`))
  const warn = io.warn ?? ((line) => process.stderr.write(`${line}\n`))
  try {
    for (const line of run(args, cwd)) print(line)
    return 0
  } catch (error) {
    if (!(error instanceof InitError)) throw error
    warn(error.message)
    return 1
  }
}

function run(args: readonly string[], cwd: string): string[] {
  const { schema, provider, force, help } = optionsOf(args)
  if (help) return [usage]
  const place = schemaIn(cwd, schema)
  const found = provider ?? providerIn(place)
  if (!isProvider(found)) {
    throw new InitError(`The provider "${found}" is not postgresql, mysql or sqlite: see --help`)
  }
  const folder = statSync(place).isDirectory() ? place : path.dirname(place)
  const copied = files.map((name) => copy(found, name, folder, force))
  const shown = path.relative(cwd, folder) || '.'
  return [
    ...copied.map((file) => path.relative(cwd, file)),
    '',
    ...nextSteps(found, shown, place === folder),
  ]
}

function optionsOf(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        schema: { type: 'string' },
        provider: { type: 'string' },
        force: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    })
    return values
  } catch (error) {
    throw new InitError(`${(error as Error).message}\n\n${usage}`)
  }
}

function schemaIn(cwd: string, given: string | undefined): string {
  const candidates =
    given === undefined ? ['prisma/schema', 'prisma/schema.prisma', 'schema.prisma'] : [given]
  const found = candidates.map((one) => path.resolve(cwd, one)).find((one) => existsSync(one))
  if (found !== undefined) return found
  throw new InitError(
    `No schema found at ${candidates.join(' or ')}: run "npx prisma init" first, or pass --schema`,
  )
}

/** Returns the provider in the datasource block of a schema. */
function providerIn(place: string): string {
  for (const file of schemaFiles(place)) {
    const [, block = ''] =
      /^\s*datasource\s+\w+\s*\{([^}]*)\}/m.exec(readFileSync(file, 'utf8')) ?? []
    const [, provider] = /^\s*provider\s*=\s*"(\w+)"/m.exec(block) ?? []
    if (provider !== undefined) return provider
  }
  throw new InitError(`${place} has no datasource with a provider: pass --provider`)
}

function schemaFiles(place: string): string[] {
  if (!statSync(place).isDirectory()) return [place]
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry: Dirent) => entry.isFile() && entry.name.endsWith('.prisma'))
    .map((entry: Dirent) => path.join(entry.parentPath, entry.name))
}

function copy(provider: Provider, name: string, folder: string, force: boolean): string {
  // Only here, because an application that was bundled as an ES module has no `__dirname`.
  const fragments = path.resolve(__dirname, '../prisma')
  const text = readFileSync(path.join(fragments, provider, name), 'utf8')
  const target = path.join(folder, name)
  if (!force && existsSync(target) && readFileSync(target, 'utf8') !== text) {
    throw new InitError(`${target} already exists and differs: pass --force to overwrite it`)
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(target, text)
  return target
}

function nextSteps(provider: Provider, folder: string, isFolder: boolean): string[] {
  const migrate =
    provider === 'mysql'
      ? 'npx prisma migrate dev --create-only --name oauth   then replace the SQL that it wrote with oauth.sql'
      : 'npx prisma migrate dev --name oauth                 or run oauth.sql yourself'
  return [
    'Next:',
    ...(isFolder
      ? []
      : [`  schema: '${folder}'   in prisma.config.ts, so that Prisma reads the whole folder`]),
    `  ${migrate}`,
    '  npx prisma generate',
  ]
}
