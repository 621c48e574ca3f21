import type { Case } from './case'
import type { Group, Level } from './types'

/** A case as its group writes it, without the members that the group fills in. */
export type CaseOf = Omit<Case, 'id' | 'group' | 'level' | 'since' | 'needs'> &
  Partial<Pick<Case, 'level' | 'since' | 'needs'>> & {
    /** The id without the group's name. */
    id: string
  }

/** Returns the cases of one group. */
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
