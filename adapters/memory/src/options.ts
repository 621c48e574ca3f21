import { type Rules, aFunction, readOptions, seconds, text } from '@oauth2-kit/core/store-kit'

/** Options of `memoryStore()`. */
export interface MemoryStoreOptions {
  /**
   * A file that keeps everything over a restart and a crash, with a journal beside it: a change is
   * acknowledged once it is on disk. One process at a time may use it. @default none
   */
  file?: string
  /**
   * Seconds that something is kept after it has expired, so that a late replay is noticed. @default
   * 3600
   */
  retentionSeconds?: number
  /** The clock, in milliseconds since the epoch. @default Date.now */
  now?: () => number
}

/** The defaults of `memoryStore()`. */
export const defaults = Object.freeze({ retentionSeconds: 3600, now: () => Date.now() })

const rules: Rules<MemoryStoreOptions> = {
  file: [text[0], 'must be the path of a file'],
  retentionSeconds: seconds,
  now: aFunction,
}

/** Reads the options. Throws an OptionError. */
export function readMemoryOptions(options: MemoryStoreOptions) {
  return readOptions(options, rules, { of: 'memoryStore()', defaults })
}
