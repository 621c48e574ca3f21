import { needsInWords } from '../applies'
import { cases, selectCases } from '../cases'
import type { Level } from '../types'
import { WrongUse } from './arguments'

/** Returns one line per case. Throws WrongUse if no case matches. */
export function list(
  level: Level,
  only: readonly string[],
  except: readonly string[] = [],
): string {
  const chosen = selectCases(level, only, except)
  if (chosen.length === 0) throw new WrongUse(`No case of level ${level} is left`)
  const width = Math.max(...chosen.map(({ id }) => id.length))
  const lines = chosen.map(
    ({ id, level, title }) => `${id.padEnd(width)}  ${level.padEnd(8)}  ${title}`,
  )
  return `${lines.join('\n')}\n`
}

/** Returns the description of one case. Throws WrongUse if it doesn't exist. */
export function explain(id: string): string {
  const found = cases().find((one) => one.id === id)
  if (!found) {
    const [group] = id.split('.')
    const near = cases().filter((one) => one.group === group)
    const ids = near.map((one) => one.id).join(', ')
    const hint = near.length > 0 ? `the group "${group}" has ${ids}` : 'see --list'
    throw new WrongUse(`Unknown case "${id}": ${hint}`)
  }
  const { title, level, since, why, fix, needs } = found
  const lines = [
    `${id}: ${title}`,
    '',
    `  Why    ${why}`,
    `  Fix    ${fix}`,
    `  Level  ${level}, since ${since}`,
  ]
  for (const [n, need] of needs.entries())
    lines.push(`  ${n === 0 ? 'Needs' : '     '}  ${needsInWords[need]}`)
  return `${lines.join('\n')}\n`
}
