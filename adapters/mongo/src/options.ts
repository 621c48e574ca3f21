import {
  type Rule,
  type Rules,
  aBoolean,
  anything,
  optionError,
  readOptions,
  text,
  wholeNumber,
} from '@oauth2-kit/core/store-kit'

/** The names of the collections or models of a store. */
export interface Names {
  /** Grants, each with its codes and tokens. */
  grants: string
  clients: string
  /** The store's own users. */
  users: string
  /** Short-lived records. */
  records: string
}

/** When a write is acknowledged: the write concern of MongoDB. */
export interface WriteConcern {
  /** A number of members of the replica set, a tag, or `'majority'`. */
  w?: number | string
  /** Whether the write must be in the journal. */
  j?: boolean
  /**
   * Milliseconds after which waiting for the acknowledgement ends. The write may still have
   * happened.
   */
  wtimeoutMS?: number
}

/** Options of `mongoStore()`. */
export interface MongoStoreOptions {
  /**
   * The names of the collections.
   * @default { grants: 'oauth_grants', clients: 'oauth_clients', users: 'oauth_users', records:
   * 'oauth_records' }
   */
  collections?: Partial<Names>
  /**
   * The names of the models on a mongoose connection.
   * @default { grants: 'OAuthGrant', clients: 'OAuthClient', users: 'OAuthUser', records:
   * 'OAuthRecord' }
   */
  models?: Partial<Names>
  /**
   * Seconds for which codes and tokens are kept after they expire, so that a late replay is
   * detected. A whole number. Call `createIndexes()` after a change.
   * @default 3600
   */
  retentionSeconds?: number
  /**
   * When a write is acknowledged.
   * @default { w: 'majority', j: true, wtimeoutMS: 5000 }
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

/** The longest time that a TTL index can wait, in seconds. */
const longestRetention = 2 ** 31 - 1

// The members of these objects are checked below.
const rules: Rules<MongoStoreOptions> = {
  collections: anything,
  models: anything,
  retentionSeconds: wholeNumber(0, longestRetention, 'seconds'),
  writeConcern: anything,
}

const aName: Rule = [text[0], 'must be a name']
const nameRules: Rules<Names> = { grants: aName, clients: aName, users: aName, records: aName }

const writeConcernRules: Rules<WriteConcern> = {
  w: [
    (value) =>
      Number.isSafeInteger(value) ? (value as number) >= 1 : text[0](value) && value !== '0',
    'must be "majority", a number of members, 1 or more, or a tag: an unacknowledged write cannot decide a race',
  ],
  j: aBoolean,
  wtimeoutMS: [wholeNumber(0)[0], 'must be a whole number of milliseconds, where 0 means no limit'],
}

/** Reads the options. Throws an OptionError if one is wrong. */
export function readStoreOptions(options: MongoStoreOptions) {
  const of = 'mongoStore()'
  const { retentionSeconds, collections, models, writeConcern } = readOptions(options, rules, {
    of,
    defaults: { retentionSeconds: defaults.retentionSeconds },
  })
  return {
    collections: namesOf('collections', collections),
    models: namesOf('models', models),
    retentionSeconds,
    writeConcern: readOptions(writeConcern ?? {}, writeConcernRules, {
      of,
      in: 'writeConcern',
      defaults: defaults.writeConcern,
    }),
  }
}

function namesOf(option: 'collections' | 'models', given: Partial<Names> = {}): Names {
  const names = readOptions<Names, Names>(given, nameRules, {
    of: 'mongoStore()',
    in: option,
    defaults: defaults[option],
  })
  if (new Set(Object.values(names)).size < Object.keys(names).length)
    throw optionError(option, 'must have four different names')
  return names
}
