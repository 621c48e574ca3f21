import { isPlainObject } from '../values/is-object'
import { optionError } from '../errors/option-error'

/** Throws an OptionError if a store cannot keep the metadata as JSON. It may be undefined. */
export function assertMetadata(metadata: unknown): void {
  if (metadata === undefined) return
  if (!isPlainObject(metadata)) throw optionError('metadata', 'must be a plain object')
  try {
    JSON.stringify(metadata)
  } catch (cause) {
    throw optionError(
      'metadata',
      'must be serializable as JSON: remove BigInt values and circular references',
      { cause },
    )
  }
}
