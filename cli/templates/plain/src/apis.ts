import type { Setting } from './setting.js'

/**
 * Returns the settings of your own APIs: `resources`, and `api` with their routes. There are none
 * yet. The APIs may also be in other processes.
 */
export function apis(_issuer: string): Partial<Setting> {
  return {}
}
