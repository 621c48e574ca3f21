import { statSync } from 'node:fs'
import path from 'node:path'
import { type Store, assertStore } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'
import { type Surroundings, UsageError } from './command'

/** The module of a store, and what named it, for messages. */
export interface StoreModule {
  file: string
  /** The option or the environment variable. */
  from: string
}

/** A store, and how to close it. */
export interface OpenStore {
  store: Store
  close(): Promise<void>
}

/**
 * Opens the store that a module exports: the store itself, a promise of it, or a function that
 * returns one of these or `{ store, close }`.
 */
export async function openStore(
  { file: given, from }: StoreModule,
  exportName: string | undefined,
  { cwd, load }: Pick<Surroundings, 'cwd' | 'load'>,
): Promise<OpenStore> {
  const file = path.resolve(cwd, given)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`${from}: ${file} is not a file`)
  const exports = exportsOf(await loadModule(given, file, load))
  const name = exportName ?? ('default' in exports ? 'default' : 'store')
  const exported = exports[name]
  if (exported === undefined) {
    const names = Object.keys(exports).join(', ') || 'nothing'
    throw new UsageError(`${given} has no export "${name}"; it exports ${names}: set --export`)
  }
  const what = `The export "${name}" of ${given}`
  return openStoreOf(await valueOf(exported, what), what)
}

async function loadModule(given: string, file: string, load: Surroundings['load']) {
  try {
    return await load(file)
  } catch (error) {
    if (!/\.[cm]?ts$/.test(file) || !isTypeScriptProblem(error)) {
      // Node shows the location of a syntax error only if it ends the process.
      const hint = isSyntaxError(error) ? `; run "node ${given}" to see where` : ''
      throw withCode(
        'OAUTH2_KIT_STORE',
        new Error(`${given} can't be loaded${hint}`, { cause: error }),
      )
    }
    throw new UsageError(
      `Node ${process.versions.node} can't load ${given}: use the JavaScript that it compiles ` +
        "to, or add a loader, such as NODE_OPTIONS='--import tsx'",
      { cause: error },
    )
  }
}

function isTypeScriptProblem(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return (
    code === 'ERR_UNKNOWN_FILE_EXTENSION' ||
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' ||
    isSyntaxError(error)
  )
}

function isSyntaxError(error: unknown): boolean {
  return error instanceof Error && error.name === 'SyntaxError'
}

/** Node exposes a CommonJS module as the default export, with only some of its names. */
function exportsOf(module: Record<string, unknown>): Record<string, unknown> {
  const { default: whole, ...named } = module
  if (!isObject(whole) || isStoreOrPromise(whole) || isOpenStore(whole)) return { ...module }
  return { ...named, ...whole }
}

/** Returns the exported value, or the result of the exported function. */
async function valueOf(exported: unknown, what: string): Promise<unknown> {
  try {
    return await (typeof exported === 'function' ? (exported as () => unknown)() : exported)
  } catch (error) {
    throw withCode('OAUTH2_KIT_STORE', new Error(`${what} failed`, { cause: error }))
  }
}

function openStoreOf(value: unknown, what: string): OpenStore {
  const holder = isObject(value) && isOpenStore(value) ? value : { store: value }
  const { store, close } = holder as { store: unknown; close?: unknown }
  try {
    assertStore(store, what)
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
  return {
    store,
    async close() {
      // A memory store writes its data to its file when it is closed.
      const owner = typeof close === 'function' ? holder : store
      const end = (owner as { close?: unknown }).close
      if (typeof end === 'function') await (end as () => unknown).call(owner)
    },
  }
}

function isOpenStore(value: Record<string, unknown>): boolean {
  return isObject(value['store']) && !('supports' in value) && 'supports' in value['store']
}

function isStoreOrPromise(value: Record<string, unknown>): boolean {
  return 'supports' in value || typeof value['then'] === 'function'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
