import { optionError } from '@oauth2-kit/core/store-kit'
import { access } from './groups/access'
import { budget } from './groups/budget'
import { client } from './groups/client'
import { code } from './groups/code'
import { expiry } from './groups/expiry'
import { grant } from './groups/grant'
import { fault } from './groups/fault'
import { fuzz } from './groups/fuzz'
import { growth } from './groups/growth'
import { inject } from './groups/inject'
import { isolate } from './groups/isolate'
import { issue } from './groups/issue'
import { life } from './groups/life'
import { once } from './groups/once'
import { purge } from './groups/purge'
import { record } from './groups/record'
import { refresh } from './groups/refresh'
import { revoke } from './groups/revoke'
import { schema } from './groups/schema'
import { secret } from './groups/secret'
import { shape } from './groups/shape'
import { user } from './groups/user'
import { value } from './groups/value'
import { matches } from './glob'
import { withModelRuns } from './model/cases'
import type { Case } from './case'
import { type Level, levels } from './types'

const all: readonly Case[] = Object.freeze(
  [shape, client, user, access, issue, code, refresh, grant, record, once, expiry, value]
    .concat([isolate, secret, inject, fault, budget, growth, purge, revoke, life, schema, fuzz])
    .flat()
    .map(withModelRuns),
)

/** Returns every case of the suite, in the order in which they run. */
export function cases(): readonly Case[] {
  return all
}

/**
 * Returns the cases up to `level` that match `only`, without those that match `except`: groups, or
 * ids in which `*` stands for any text. Throws a TypeError if an entry matches nothing.
 */
export function selectCases(
  level: Level,
  only: readonly string[],
  except: readonly string[] = [],
): Case[] {
  for (const [option, patterns] of Object.entries({ only, except })) {
    const unknown = patterns.find((pattern) => !all.some((one) => isMeant(one, pattern)))
    if (unknown !== undefined)
      throw optionError(
        option,
        `has "${unknown}", which is neither a group nor the id of a case: see oauth2-conformance --list`,
      )
  }
  const highest = levels.indexOf(level)
  return all.filter(
    (one) =>
      levels.indexOf(one.level) <= highest &&
      only.some((pattern) => isMeant(one, pattern)) &&
      !except.some((pattern) => isMeant(one, pattern)),
  )
}

function isMeant({ id, group }: Case, pattern: string): boolean {
  return group === pattern || matches(id, pattern)
}
