import type { Store } from '@oauth2-kit/core'
import { type Command, type Given, type Output, UsageError, text } from './command'
import { openStore } from './store-module'

/** A command that works on a store. */
export interface StoreCommand extends Omit<Command, 'run'> {
  run(given: Given, store: Store): Promise<Output>
}

/**
 * Adds the options that name a store to a command. Opens the store before the command and always
 * closes it afterwards.
 */
export function withStore(command: StoreCommand): Command {
  return {
    ...command,
    options: {
      store: {
        type: 'string',
        value: 'FILE',
        about: 'the module that exports the store; required',
      },
      export: {
        type: 'string',
        value: 'NAME',
        about: 'the name of its export; default: "default" or "store"',
      },
      ...command.options,
    },
    async run(given) {
      const file = text(given.values, 'store')
      if (file === undefined) {
        throw new UsageError(
          '--store is missing: name the module that exports the store, such as --store ./store.js',
        )
      }
      const opened = await openStore(file, text(given.values, 'export'), given.surroundings)
      try {
        return await command.run(given, opened.store)
      } finally {
        await opened.close()
      }
    },
  }
}
