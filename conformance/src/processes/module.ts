import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Store } from '@oauth2-kit/core'
import type { ConformanceOptions, Created } from '../types'

/** A module that can't be loaded or lacks an export. The message says what to do. */
export class ModuleError extends Error {}

/** Resolves with the exports of a module, including the members of its default export. */
export async function exportsOf(file: string): Promise<Record<string, unknown>> {
  const module = await load(file)
  const inner = module['default']
  const members = typeof inner === 'object' && inner !== null ? { ...inner } : {}
  return { ...members, ...module }
}

/**
 * Resolves with the function that makes stores: the export called `name`, or one of the usual
 * exports.
 */
export async function createOf(file: string, name?: string): Promise<ConformanceOptions['create']> {
  const found = await exportOf(file, name)
  if (typeof found === 'function') return found as ConformanceOptions['create']
  throw new ModuleError(
    `${file} exports no function that makes a store: export \`create(context)\``,
  )
}

/**
 * Resolves with the export called `name`. Without a name: `createStore`, `create`, the default
 * export or the module itself, whichever exists first.
 */
export async function exportOf(file: string, name?: string): Promise<unknown> {
  const exported = await exportsOf(file)
  if (name === undefined) {
    return exported['createStore'] ?? exported['create'] ?? exported['default'] ?? exported
  }
  if (Object.hasOwn(exported, name)) return exported[name]
  const names = Object.keys(exported).filter((one) => one !== 'default' && one !== 'module.exports')
  throw new ModuleError(
    `${file} exports no "${name}"; it exports ${names.join(', ') || 'nothing by name'}`,
  )
}

/** Returns `{ store }` or `{ model }`. Accepts a store or model itself too. */
export function asCreated(made: unknown, file: string): Created {
  const members = (typeof made === 'object' && made !== null ? made : {}) as Record<string, unknown>
  if (members['store'] || members['model']) return members
  if (typeof members['supports'] === 'object') return { store: made as Store }
  if (typeof members['getClient'] === 'function' || typeof members['getAccessToken'] === 'function')
    return { model: made as NonNullable<Created['model']> }
  throw new ModuleError(
    `${file} provides neither a store nor a model: export \`create(context)\`, which returns { store } or { model }`,
  )
}

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    const module: unknown = await loaded(file)
    return typeof module === 'object' && module !== null ? { ...module } : { default: module }
  } catch (error) {
    throw new ModuleError(reasonOf(file, error as NodeJS.ErrnoException), { cause: error })
  }
}

/** Uses `require`, which loads ES modules too, and `import` for those with top-level await. */
async function loaded(file: string): Promise<unknown> {
  // oxlint-disable-next-line typescript/no-deprecated -- the only way to detect a loader
  const isKnown = !isTypeScript(file) || path.extname(file) in require.extensions
  if (!isKnown) return import(pathToFileURL(file).href)
  try {
    return require(file) as unknown
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('ERR_REQUIRE_')) throw error
    return import(pathToFileURL(file).href)
  }
}

function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file)
}

function reasonOf(file: string, error: NodeJS.ErrnoException): string {
  const { code, message } = error
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && isTypeScript(file)) {
    return `${file} is TypeScript, which this Node doesn't load: install tsx, and set NODE_OPTIONS='--import tsx'`
  }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return message.includes(file)
      ? `There is no module ${file}`
      : `${file} imports a module that can't be found: ${message.split('\n')[0]}`
  }
  return `${file} can't be loaded: ${error.name}: ${message}`
}
