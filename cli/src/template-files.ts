import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

// What `init` and `init-store` do with the files in `templates`.

/** File contents by path, with forward slashes. */
export type Files = ReadonlyMap<string, string>

/** An object in JSON. */
export type Json = Record<string, unknown>

/** Reads the files of a folder of templates. */
export function read(root: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    // npm doesn't publish files named .gitignore. A text is no program until it is filled.
    const name = path
      .relative(root, file)
      .replaceAll(path.sep, '/')
      .replace('_gitignore', '.gitignore')
      .replace(/\.txt$/, '')
    files.set(name, readFileSync(file, 'utf8'))
  }
  return files
}

/** Merges two sets of files. If both have a file, JSON is merged, and other text is appended. */
export function merged(shared: Map<string, string>, own: Map<string, string>): Map<string, string> {
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

/** Returns an object without these members. */
export function without(json: Json, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)))
}

/** Replaces each `{{word}}` of a template. */
export function filled(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => words[name] ?? '')
}

/** Parses the JSON of a template. */
export function parse(text = '{}'): Json {
  return JSON.parse(text) as Json
}

/** Formats JSON as a file of a template. */
export function printed(json: Json): string {
  return `${JSON.stringify(json, null, 2)}\n`
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}
