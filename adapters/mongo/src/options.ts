/** The collections, or models, of a store. */
export interface Names {
  /** Grants, each with its codes and tokens. */
  grants: string
  clients: string
  /** The reference user model. */
  users: string
  /** Short-lived records. */
  records: string
}

/** How far a write must have come before it counts, as MongoDB has it. */
export interface WriteConcern {
  /** Members of a replica set, a tag of theirs, or `'majority'`. */
  w?: number | string
  /** Whether it must be in the journal. */
  j?: boolean
  /** Milliseconds until the write is given up; it may have happened. */
  wtimeoutMS?: number
}

/** Options of `mongoStore()`. */
export interface MongoStoreOptions {
  /**
   * The names of the collections. @default { grants: 'oauth_grants', clients: 'oauth_clients',
   * users: 'oauth_users', records: 'oauth_records' }
   */
  collections?: Partial<Names>
  /**
   * The names of the models, on a connection of mongoose. @default { grants: 'OAuthGrant', clients:
   * 'OAuthClient', users: 'OAuthUser', records: 'OAuthRecord' }
   */
  models?: Partial<Names>
  /**
   * Seconds that something is kept after it has expired, so that a late replay is noticed; a whole
   * number. Call `createIndexes()` after a change. @default 3600
   */
  retentionSeconds?: number
  /**
   * How far a write must have come before it counts. @default { w: 'majority', j: true, wtimeoutMS:
   * 5000 }
   */
  writeConcern?: WriteConcern
}

/** The defaults of `mongoStore()`. */
export const defaults = Object.freeze({
  collections: Object.freeze({
    grants: 'oauth_grants',
    clients: 'oauth_clients',
    users: 'oauth_users',
    records: 'oauth_records',
  }),
  models: Object.freeze({
    grants: 'OAuthGrant',
    clients: 'OAuthClient',
    users: 'OAuthUser',
    records: 'OAuthRecord',
  }),
  retentionSeconds: 3600,
  writeConcern: Object.freeze({ w: 'majority', j: true, wtimeoutMS: 5000 }),
})

const known = ['collections', 'models', 'retentionSeconds', 'writeConcern']

/** The longest time that a TTL index can wait, in seconds. */
const longestRetention = 2 ** 31 - 1

/** The options, complete. Throws a TypeError that names the option and the fix. */
export function settingsOf(options: MongoStoreOptions) {
  if (typeof options !== 'object') throw new TypeError('The options of mongoStore() are an object')
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown) {
    throw new TypeError(`Unknown option "${unknown}" of mongoStore(): use ${known.join(', ')}`)
  }
  const { retentionSeconds = defaults.retentionSeconds, writeConcern = {} } = options
  if (!isWhole(retentionSeconds, 0) || retentionSeconds > longestRetention) {
    throw new TypeError(
      `"retentionSeconds" must be a whole number of seconds from 0 to ${longestRetention}`,
    )
  }
  return {
    collections: namesOf('collections', options.collections),
    models: namesOf('models', options.models),
    retentionSeconds,
    writeConcern: writeConcernOf(writeConcern),
  }
}

function namesOf(option: 'collections' | 'models', given: Partial<Names> = {}): Names {
  const names: Names = { ...defaults[option] }
  for (const [kind, name] of Object.entries(given) as [keyof Names, unknown][]) {
    if (!Object.hasOwn(names, kind)) {
      const kinds = Object.keys(names).join(', ')
      throw new TypeError(`Unknown option "${option}.${kind}" of mongoStore(): use ${kinds}`)
    }
    if (name === undefined) continue
    if (typeof name !== 'string' || name === '') {
      throw new TypeError(`"${option}.${kind}" must be a name`)
    }
    names[kind] = name
  }
  if (new Set(Object.values(names)).size < Object.keys(names).length) {
    throw new TypeError(`"${option}" must have four different names`)
  }
  return names
}

function writeConcernOf(given: WriteConcern) {
  const stray = Object.keys(given).find((name) => !Object.hasOwn(defaults.writeConcern, name))
  if (stray)
    throw new TypeError(
      `Unknown option "writeConcern.${stray}" of mongoStore(): use w, j, wtimeoutMS`,
    )
  const { w = 'majority', j = true, wtimeoutMS = defaults.writeConcern.wtimeoutMS } = given
  if (!isWhole(w, 1) && (typeof w !== 'string' || w === '' || w === '0')) {
    throw new TypeError(
      '"writeConcern.w" must be "majority", a number of members, 1 or more, or a tag: a write that nobody acknowledges decides nothing',
    )
  }
  if (typeof j !== 'boolean') throw new TypeError('"writeConcern.j" must be true or false')
  if (!isWhole(wtimeoutMS, 0)) {
    throw new TypeError('"writeConcern.wtimeoutMS" must be a number of milliseconds, 0 = no limit')
  }
  return { w, j, wtimeoutMS }
}

function isWhole(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least
}
