import type { Option } from '../command'
import { table } from '../table'
import { type FileKey, algorithms, statesOf } from './key-set'

/** The option that names the file. */
export const fileOption: Option = {
  type: 'string',
  value: 'FILE',
  about: 'the JWK Set file with the private keys; default: keys.json',
}

/** The file without `--file`. */
export const defaultFile = 'keys.json'

/** The option that chooses the algorithm of new keys. */
export const algOption: Option = {
  type: 'string',
  value: 'ALG',
  about: `the algorithm of a new key: ${algorithms.join(', ')}`,
}

/** A key without its key material. */
interface KeySummary {
  kid: string
  alg: string
  state: string
  /** When it stops being published, as a date and time. */
  publishedUntil?: string
}

/** Returns what may be shown of the keys: nothing of their key material. */
export function summariesOf(keys: readonly FileKey[], now: number): KeySummary[] {
  const states = statesOf(keys, now)
  return keys.map(({ kid, alg, exp }, at) => ({
    kid,
    alg,
    state: states[at] ?? '',
    ...(exp !== undefined && { publishedUntil: new Date(exp * 1000).toISOString() }),
  }))
}

/** Formats the keys for people. */
export function keyTable(summaries: readonly KeySummary[]): string {
  return table([
    ['KID', 'ALG', 'STATE'],
    ...summaries.map(({ kid, alg, state, publishedUntil = '' }) => [
      kid,
      alg,
      aboutState(state, publishedUntil),
    ]),
  ])
}

function aboutState(state: string, until: string): string {
  switch (state) {
    case 'signs':
      return 'signs'
    case 'next':
      return 'next: published, and signs after a rotation'
    case 'retired':
      return `retired: published until ${until}`
    default:
      return `ended: not published since ${until}`
  }
}
