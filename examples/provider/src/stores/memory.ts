import { memoryStore } from '@oauth2-kit/memory'
import type { Config } from '../config.js'
import { ConfigurationError } from '../provider/environment.js'
import type { OpenStore } from '../provider/setting.js'

/** The memory of this process. With `STORE_FILE`, its data survives a restart. */
export async function memory({ storeFile }: Config): Promise<OpenStore> {
  try {
    const store = memoryStore(storeFile === undefined ? {} : { file: storeFile })
    // Fail now rather than later, when there is data to lose.
    await store.save()
    return { store, close: () => store.close() }
  } catch (cause) {
    throw new ConfigurationError(`STORE_FILE: ${(cause as Error).message}`, { cause })
  }
}
