import { existsSync } from 'node:fs'
import path from 'node:path'
import {
  type Files,
  type Json,
  filled,
  merged,
  parse,
  printed,
  read,
  without,
} from '../template-files'
import { type Storage, aboutStorage, hasChoice, isMigrated } from './stores'

/** The folders with templates. The build copies those of the second one from elsewhere. */
const roots = ['templates', 'dist/templates'].map((folder) =>
  path.resolve(__dirname, '../..', folder),
)

/** What a provider is written for. */
export interface Wanted extends Storage {
  /** The name of the package. */
  name: string
  port: number
  /** The port of the database on this machine; `undefined` if it has none. */
  databasePort: number | undefined
  /** Whether it has an MCP server. */
  mcp: boolean
}

/** Returns the files of a provider, and the next commands to run in its folder. */
export function providerFor(wanted: Wanted) {
  const files = layersOf(wanted)
    .flatMap((layer) => roots.map((root) => path.join(root, layer)))
    .filter((folder) => existsSync(folder))
    .map(read)
    .reduce(merged)
  const manifest = parse(files.get('package.json'))
  const what = wanted.mcp ? 'MCP server behind an OAuth 2.1 provider' : 'OAuth 2.1 provider'
  const description = `An ${what} on ${aboutStorage(wanted)}`
  const { migrate } = manifest['scripts'] as Json
  const next = [
    'npm install',
    ...(files.has('docker-compose.yml') ? ['docker compose up -d --wait'] : []),
    'npm run build',
    ...(migrate === undefined ? [] : ['npm run migrate']),
  ]
  // npm refuses to install a package as a dependency of a package with the same name.
  const { name: folder } = wanted
  const known = { ...(manifest['dependencies'] as Json), ...(manifest['devDependencies'] as Json) }
  const name = folder in known ? `${folder}-provider` : folder
  files.set('package.json', printed({ name, description, ...without(manifest, 'name') }))
  const words = {
    name,
    description,
    project: folder,
    prepare: next.map((line) => `   ${line}`).join('\n'),
    database: String(wanted.database?.name),
    databasePort: String(wanted.databasePort),
    storeSetting: wanted.database
      ? '| `DATABASE_URL` | the database: see below |'
      : '| `STORE_FILE` | the file of the store: see below |',
    createTable:
      migrate === undefined ? 'restart the provider, which creates it' : 'run "npm run migrate"',
    migrate: migrate === undefined ? '' : 'npm run migrate\n',
    dockerMigrate:
      migrate === undefined
        ? ''
        : `docker run --rm --env-file production.env ${name} node dist/migrate.js\n`,
  }
  for (const [file, text] of files) files.set(file, onPort(filled(text, words), wanted.port))
  return { files: files as Files, next }
}

/** Returns the folders of templates, of which each adds to those before it. */
function layersOf(wanted: Wanted): string[] {
  const { store, database, mcp } = wanted
  const layers = ['provider', 'shared', mcp ? 'mcp' : 'plain']
  layers.push(database?.port === undefined ? 'data-file' : 'database-server')
  if (isMigrated(wanted)) layers.push('migrated', `migrated-${store.name}`)
  layers.push(`stores/${store.name}`)
  if (database) layers.push(`databases/${database.name}`)
  if (database && hasChoice(store)) layers.push(`pairs/${store.name}-${database.name}`)
  return layers
}

/** In the templates, 3000 is the port of the provider, and nothing else. */
function onPort(text: string, port: number): string {
  return text.replace(/\b3000\b/g, String(port))
}
