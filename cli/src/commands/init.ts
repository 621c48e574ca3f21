import path from 'node:path'
import { type Command, type Given, UsageError, text } from '../command'
import { chooseStorage } from '../init/choose-storage'
import { choosePort } from '../init/ports'
import { withSecrets } from '../init/secrets'
import { type DatabaseTemplate, aboutStorage, hasChoice, listed, stores } from '../init/stores'
import { providerFor } from '../init/templates'
import { writeNew } from '../write-new'
import { assertEmpty, indented, orUsageError, packageName, stepsInto } from '../new-folder'

const standardPort = 3000

export const init: Command = {
  name: 'init',
  summary: 'creates your own provider: an Express server in TypeScript, with its pages',
  positionals: ['[FOLDER]'],
  options: {
    store: {
      type: 'string',
      value: 'NAME',
      about: `${stores.map(({ name }) => name).join(', ')}; without it, you are asked`,
    },
    database: { type: 'string', value: 'NAME', about: aboutDatabases() },
    port: {
      type: 'string',
      value: 'PORT',
      about: `the port of the provider; without it, ${standardPort} or the next free one`,
    },
    'database-port': {
      type: 'string',
      value: 'PORT',
      about: 'the port of the database; without it, its usual one or the next free one',
    },
    mcp: {
      type: 'boolean',
      about: 'add an MCP server with two tools, which the provider protects',
    },
    yes: { type: 'boolean', about: 'ask nothing: use the first of the choices' },
  },
  notes: ['FOLDER must be new or empty. Default: the current folder.'],

  async run(given) {
    const { cwd } = given.surroundings
    const [folder = '.'] = given.positionals
    const target = path.resolve(cwd, folder)
    orUsageError(folder, 'read', () => assertEmpty(target, folder, 'oauth2-kit init my-provider'))
    const storage = await chooseStorage(given.values, given.surroundings)
    const { store, database } = storage
    const { port, databasePort, notes } = await portsOf(given, database)
    const name = packageName(target, 'oauth-provider')
    const mcp = given.values['mcp'] === true
    const { files, next } = providerFor({ ...storage, name, port, databasePort, mcp })
    const all = new Map([...files, ['.env', withSecrets(files.get('.env.example') ?? '')]])
    orUsageError(folder, 'written', () => writeNew(target, all, '.env'))
    const steps = [...stepsInto(target, cwd), ...next]
    const written = [...all.keys()].toSorted()
    return {
      json: {
        folder: target,
        store: store.name,
        database: database?.name,
        port,
        databasePort,
        mcp,
        notes,
        files: written,
        next: steps,
      },
      text: `${mcp ? 'An MCP server and its provider' : 'A provider'} on ${aboutStorage(storage)}, in ${target}:
${indented(written)}

${[...notes, "The secrets in .env are new; don't use them on another machine."].join('\n')} Next steps:
${indented(steps)}

README.md continues from there: ${mcp ? 'a user, and the first tool call' : 'a user, a client, and the first token'}.`,
    }
  },
}

function aboutDatabases(): string {
  const choosers = stores.filter(hasChoice)
  const names = choosers[0]?.databases.map(({ name }) => name) ?? []
  return `for ${listed(choosers.map(({ name }) => name))}: ${names.join(', ')}`
}

/** Resolves with the ports of the provider and its database, and what to know about them. */
async function portsOf({ values }: Given, database: DatabaseTemplate | undefined) {
  const own = await choosePort('port', text(values, 'port'), standardPort)
  const set = text(values, 'database-port')
  if (database?.port === undefined) {
    if (set === undefined) return { port: own.port, databasePort: undefined, notes: own.notes }
    throw new UsageError('--database-port: the data is stored in a file, without a port')
  }
  const other = await choosePort('database-port', set, database.port, [own.port])
  return { port: own.port, databasePort: other.port, notes: [...own.notes, ...other.notes] }
}
