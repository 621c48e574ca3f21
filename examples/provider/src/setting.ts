import type { Config } from './config'
import type { UserStore } from './stores'

/** What the parts of the provider are made from. */
export interface Setting {
  config: Config
  /** The URL of this provider. */
  issuer: string
  store: UserStore
}
