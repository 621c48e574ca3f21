import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** A store that `init` has a template for. */
export interface StoreTemplate {
  name: string
  /** What it stores its data in, in a few words. */
  about: string
}

/** File contents by path, with forward slashes. */
export type Files = ReadonlyMap<string, string>

type Json = Record<string, unknown>

const templates = path.resolve(__dirname, '../../templates')
/** The parts of the example provider, which the build copies. */
const provider = path.resolve(__dirname, '../../dist/provider')

/**
 * Returns all store templates: the folders of `templates/stores`. Their files extend the shared
 * ones.
 */
export function storeTemplates(): StoreTemplate[] {
  return readdirSync(path.join(templates, 'stores'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const manifest = path.join(templates, 'stores', name, 'package.json')
      const { description } = parse(readFileSync(manifest, 'utf8'))
      return { name, about: String(description) }
    })
}

/** Returns the files of a provider on that store, and the next commands to run in its folder. */
export function providerOn({ name: store, about }: StoreTemplate, name: string) {
  const shared = merged(read(provider), read(path.join(templates, 'shared')))
  const files = merged(shared, read(path.join(templates, 'stores', store)))
  const manifest = parse(files.get('package.json'))
  const description = `An OAuth 2.1 provider on ${about}`
  const { migrate } = manifest['scripts'] as Json
  const next = [
    ...(files.has('docker-compose.yml')
      ? ['docker compose up -d   # or docker-compose up -d']
      : []),
    'npm install',
    ...(migrate === undefined ? [] : ['npm run migrate']),
  ]
  // npm refuses to install a package as a dependency of a package with the same name.
  const known = { ...(manifest['dependencies'] as Json), ...(manifest['devDependencies'] as Json) }
  const called = name in known ? `${name}-provider` : name
  files.set(
    'package.json',
    printed({ name: called, description, ...without(manifest, 'name', 'description') }),
  )
  const words = { name: called, description, prepare: next.map((line) => `   ${line}`).join('\n') }
  for (const file of ['README.md', 'src/config.ts']) {
    files.set(file, filled(files.get(file) ?? '', words))
  }
  return { files: files as Files, next }
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
    const entries = Object.entries(result[list] as Json)
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

function parse(text = '{}'): Json {
  return JSON.parse(text) as Json
}

function printed(json: Json): string {
  return `${JSON.stringify(json, null, 2)}\n`
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}
