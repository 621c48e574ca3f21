import { memoryStore } from '@oauth2-kit/memory'
import { setting } from './config.js'
import { dataFile } from './data-file.js'
import type { OpenStore } from './setting.js'

/** Opens the store. `close` releases it. */
export default async function openStore(): Promise<OpenStore> {
  const store = memoryStore({ file: dataFile(setting('STORE_FILE', 'data/oauth.snapshot')) })
  // Fail now rather than later, when there is data to lose.
  await store.save()
  return { store, close: () => store.close() }
}
