import type { Case } from './case'
import type { Group, Level } from './types'

/** A case as its group writes it: what the group has in common is left out. */
export type CaseOf = Omit<Case, 'id' | 'group' | 'level' | 'since' | 'needs'> &
  Partial<Pick<Case, 'level' | 'since' | 'needs'>> & {
    /** Without the name of the group. */
    id: string
  }

/** The cases of one group. */
export function group(name: Group, level: Level, cases: readonly CaseOf[]): Case[] {
  return cases.map((one) =>
    Object.freeze({
      ...one,
      id: `${name}.${one.id}`,
      group: name,
      level: one.level ?? level,
      since: one.since ?? '0.1.0',
      needs: Object.freeze([...(one.needs ?? [])]),
    }),
  )
}
