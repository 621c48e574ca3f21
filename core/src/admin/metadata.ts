import { isPlainObject } from '../values/is-object'
import { optionError } from '../errors/option-error'

/** Throws a TypeError for metadata that a store can't keep as JSON; none is fine. */
export function assertMetadata(metadata: unknown): void {
  if (metadata === undefined) return
  if (!isPlainObject(metadata)) throw optionError('metadata', 'must be a plain object')
  try {
    JSON.stringify(metadata)
  } catch (cause) {
    throw optionError(
      'metadata',
      'must survive JSON.stringify: it must have no BigInt and no reference to itself',
      { cause },
    )
  }
}
