import { ownStore } from './store.js'

// The options of the suite: https://www.npmjs.com/package/@oauth2-kit/conformance

/** The name of the store in the report. */
export const name = '{{name}}'

/** The URL of the database. With a URL, the suite also tests behind a proxy. */
export const url = process.env['DATABASE_URL']

/**
 * Makes a store. Stores with the same namespace share their data, and stores with another one do
 * not see it. Connect to the `url` of the context, which is that of the proxy.
 *
 * @type {import('@oauth2-kit/conformance').ConformanceOptions['create']}
 */
export function create({ namespace }) {
  return {
    store: ownStore({ namespace }),
    close() {
      // Close the connections that were opened here.
    },
  }
}

/**
 * Hooks that look into the database. Each one enables more cases. For PostgreSQL, MySQL, SQLite,
 * MongoDB and Redis, `@oauth2-kit/conformance/raw/...` has them ready. They need the connection of the
 * store: keep it by `namespace` and `instance`, because each instance has its own one.
 *
 * @type {import('@oauth2-kit/conformance').RawHooks}
 */
export const raw = {}
