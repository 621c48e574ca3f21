import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { type Storage, aboutStorage, hasChoice } from './stores'

/** File contents by path, with forward slashes. */
export type Files = ReadonlyMap<string, string>

type Json = Record<string, unknown>

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
}

/** Returns the files of a provider, and the next commands to run in its folder. */
export function providerFor(wanted: Wanted) {
  const files = layersOf(wanted)
    .flatMap((layer) => roots.map((root) => path.join(root, layer)))
    .filter((folder) => existsSync(folder))
    .map(read)
    .reduce(merged)
  const manifest = parse(files.get('package.json'))
  const description = `An OAuth 2.1 provider on ${aboutStorage(wanted)}`
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
    databasePort: String(wanted.databasePort),
    storeSetting: wanted.database
      ? '| `DATABASE_URL` | the database: see below |'
      : '| `STORE_FILE` | the file of the store: see below |',
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
function layersOf({ store, database }: Storage): string[] {
  const layers = ['provider', 'shared']
  if (database?.port !== undefined) layers.push('database-server')
  if (hasChoice(store)) layers.push('migrated')
  layers.push(`stores/${store.name}`)
  if (database) layers.push(`databases/${database.name}`)
  if (database && hasChoice(store)) layers.push(`pairs/${store.name}-${database.name}`)
  return layers
}

/** Reads the files of a folder of templates. */
function read(root: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    // npm doesn't publish files named .gitignore.
    const name = path
      .relative(root, file)
      .replaceAll(path.sep, '/')
      .replace('_gitignore', '.gitignore')
    files.set(name, readFileSync(file, 'utf8'))
  }
  return files
}

/** Merges two sets of files. If both have a file, JSON is merged, and other text is appended. */
function merged(shared: Map<string, string>, own: Map<string, string>): Map<string, string> {
  const files = new Map(shared)
  for (const [name, text] of own) {
    const before = files.get(name)
    if (before === undefined) files.set(name, text)
    else if (name.endsWith('.json'))
      files.set(name, printed(mergedJson(parse(before), parse(text))))
    else files.set(name, before + text)
  }
  return files
}

function mergedJson(shared: Json, own: Json): Json {
  const result = { ...shared }
  for (const [name, value] of Object.entries(own)) {
    const before = result[name]
    result[name] = isObject(before) && isObject(value) ? { ...before, ...value } : value
  }
  for (const list of ['dependencies', 'devDependencies']) {
    const entries = Object.entries((result[list] ?? {}) as Json)
    result[list] = Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  // What the program needs is no development dependency, even if its tests need it too.
  result['devDependencies'] = without(
    result['devDependencies'] as Json,
    ...Object.keys(result['dependencies'] as Json),
  )
  return result
}

function without(json: Json, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)))
}

function filled(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => words[name] ?? '')
}

/** In the templates, 3000 is the port of the provider, and nothing else. */
function onPort(text: string, port: number): string {
  return text.replace(/\b3000\b/g, String(port))
}

function parse(text = '{}'): Json {
  return JSON.parse(text) as Json
}

function printed(json: Json): string {
  return `${JSON.stringify(json, null, 2)}\n`
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}
