import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { memoryStore } from '@oauth2-kit/memory'
import { root, setting } from './config.js'
import type { OpenStore } from './setting.js'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  const file = path.resolve(root, setting('STORE_FILE', 'data/oauth.snapshot'))
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const store = memoryStore({ file })
  // Fail now rather than later, when there is data to lose.
  await store.save()
  return { store, close: () => store.close() }
}
