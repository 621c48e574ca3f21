import { memoryStore } from '@oauth2-kit/memory'
import { setting } from './config.js'

/** Opens the store. `close` releases it. */
export default async function openStore() {
  const store = memoryStore({ file: setting('STORE_FILE', 'oauth.snapshot') })
  return { store, close: () => store.close() }
}
