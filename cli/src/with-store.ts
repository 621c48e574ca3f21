import type { Store } from '@oauth2-kit/core'
import { longestTimerSeconds } from '@oauth2-kit/core/store-kit'
import { bounded, boundedStore } from './bounded'
import {
  type Command,
  type Given,
  type Options,
  type Output,
  UsageError,
  number,
  text,
} from './command'
import { openStore } from './store-module'
import type { UserModule } from './user-module'

/** The environment variable that replaces `--store`. */
export const storeVariable = 'OAUTH2_KIT_STORE'

const defaultSeconds = 30
/** How long a store may take to close after a failure, in seconds. */
const mostClosingSeconds = 5

/** A command that works on a store. */
export interface StoreCommand extends Omit<Command, 'run'> {
  /** Runs it. The signal is aborted if the program is asked to end. */
  run(given: Given, store: Store, signal: AbortSignal): Promise<Output>
}

const options: Options = {
  store: {
    type: 'string',
    value: 'FILE',
    about: `the module that exports the store; default: the variable ${storeVariable}`,
  },
  export: {
    type: 'string',
    value: 'NAME',
    about: 'the name of its export; default: "default" or "store"',
  },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    about: `how long opening the store, a call, or closing it may take; default: ${defaultSeconds}`,
  },
}

/**
 * Adds the options that name a store to a command. Opens the store before the command and always
 * closes it afterwards, also if a signal ends the command.
 */
export function withStore(command: StoreCommand): Command {
  return {
    ...command,
    options: { ...options, ...command.options },
    async run(given) {
      const { values, surroundings } = given
      const named = moduleOf(given)
      const seconds = secondsOf(given)
      using caught = surroundings.catchSignals()
      const within = bounded(seconds, caught.signal)
      const opened = await within(named.file, () =>
        openStore(named, text(values, 'export'), surroundings),
      )
      const close = (most: number) => bounded(most)('Closing the store', () => opened.close())
      let output: Output
      try {
        const store = boundedStore(opened.store, seconds, caught.signal)
        output = await command.run(given, store, caught.signal)
      } catch (error) {
        // The first error says more than what follows from it.
        await close(Math.min(seconds, mostClosingSeconds)).catch(() => {})
        throw error
      }
      await close(seconds)
      return output
    },
  }
}

function moduleOf({ values, surroundings: { env } }: Given): UserModule {
  const option = text(values, 'store')
  if (option !== undefined) return { file: option, from: '--store' }
  const variable = env[storeVariable]
  // A Compose file or shell sets an unset variable to an empty text.
  if (variable) return { file: variable, from: storeVariable }
  throw new UsageError(
    `--store is missing: name the module that exports the store, such as --store ./store.js, or set ${storeVariable}`,
  )
}

function secondsOf({ values }: Given): number {
  const seconds = number(values, 'timeout') ?? defaultSeconds
  if (seconds > 0 && seconds <= longestTimerSeconds) return seconds
  throw new UsageError(`--timeout must be above 0, and at most ${longestTimerSeconds} seconds`)
}
