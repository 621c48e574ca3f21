import { memoryStore } from '@oauth2-kit/memory'
import { type Config, ConfigurationError } from '../config'
import type { OpenStore } from './index'

/** The memory of this process; with `STORE_FILE`, a restart keeps what there was. */
export async function memory({ storeFile }: Config): Promise<OpenStore> {
  try {
    const store = memoryStore(storeFile === undefined ? {} : { file: storeFile })
    // Better now than when something is there that would be lost.
    await store.save()
    return { store, close: () => store.close() }
  } catch (cause) {
    throw new ConfigurationError(`STORE_FILE: ${(cause as Error).message}`, { cause })
  }
}
