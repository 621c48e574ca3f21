import { memoryStore } from '@oauth2-kit/memory'
import { setting } from './config.js'

/** The store, ready for use, and how to let go of it. */
export default async function openStore() {
  const store = memoryStore({ file: setting('STORE_FILE', 'oauth.snapshot') })
  return { store, close: () => store.close() }
}
