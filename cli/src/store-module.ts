import { type Store, assertStore } from '@oauth2-kit/core'
import { withCode } from '@oauth2-kit/core/store-kit'
import { type Surroundings, UsageError } from './command'
import { type UserModule, loadUserModule } from './user-module'

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
  module: UserModule,
  exportName: string | undefined,
  surroundings: Pick<Surroundings, 'cwd' | 'load'>,
): Promise<OpenStore> {
  const given = module.file
  const exports = exportsOf(await loadUserModule(module, surroundings))
  const name = exportName ?? ('default' in exports ? 'default' : 'store')
  const exported = exports[name]
  if (exported === undefined) {
    const names = Object.keys(exports).join(', ') || 'nothing'
    throw new UsageError(`${given} has no export "${name}"; it exports ${names}: set --export`)
  }
  const what = `The export "${name}" of ${given}`
  return openStoreOf(await valueOf(exported, what), what)
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
