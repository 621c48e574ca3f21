import { type Rules, aFunction, readOptions, seconds, text } from '@oauth2-kit/core/store-kit'

/** Options of `memoryStore()`. */
export interface MemoryStoreOptions {
  /**
   * The path of the snapshot file. With it and a journal beside it, all data survives a restart and
   * a crash: a change is acknowledged once it is on disk. Only one store at a time can open the
   * file, in this or any other process.
   * @default none
   */
  file?: string
  /**
   * Seconds for which codes and tokens are kept after they expire, so that a late replay is
   * detected.
   * @default 3600
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

/** Reads the options. Throws an OptionError if one is wrong. */
export function readStoreOptions(options: MemoryStoreOptions) {
  return readOptions(options, rules, { of: 'memoryStore()', defaults })
}
