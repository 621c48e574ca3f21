import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** The language of a skeleton. */
export type Language = 'typescript' | 'javascript'

type Json = Record<string, unknown>

const templates = path.resolve(__dirname, '../../templates/own-store')

/** Returns the files of a skeleton of a store, by their paths with forward slashes. */
export function ownStore(language: Language, name: string): Map<string, string> {
  const extension = language === 'typescript' ? 'ts' : 'js'
  const words = {
    name,
    store: `src/store.${extension}`,
    conformance: `src/conformance.${extension}`,
    members: indentedTwice(readFileSync(path.join(templates, 'members.txt'), 'utf8')),
  }
  const [shared, own] = [filesOf('shared'), filesOf(language)]
  const files = new Map([...shared, ...own])
  const manifest = merged(parsed(shared.get('package.json')), parsed(own.get('package.json')))
  files.set('package.json', `${JSON.stringify(manifest, null, 2)}\n`)
  return new Map([...files].map(([file, text]) => [file, filled(text, words)]))
}

/** Reads the files of a folder of templates. */
function filesOf(folder: string): Map<string, string> {
  const root = path.join(templates, folder)
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
  return new Map(
    names.map((name) => [
      // npm doesn't publish files named .gitignore. A text is no program until it is filled.
      name
        .replaceAll(path.sep, '/')
        .replace('_gitignore', '.gitignore')
        .replace(/\.txt$/, ''),
      readFileSync(path.join(root, name), 'utf8'),
    ]),
  )
}

/** Merges the objects in two manifests. */
function merged(shared: Json, own: Json): Json {
  const both = Object.entries(own).map(([name, value]) => [
    name,
    isObject(shared[name]) && isObject(value) ? { ...value, ...shared[name] } : value,
  ])
  return { ...shared, ...Object.fromEntries(both) }
}

function indentedTwice(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ')
}

function filled(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => words[name] ?? '')
}

function parsed(text = '{}'): Json {
  return JSON.parse(text) as Json
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}
