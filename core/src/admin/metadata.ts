import { isPlainObject } from '../read-options'

/** Throws a TypeError for metadata that a store can't keep as JSON; none is fine. */
export function assertMetadata(metadata: unknown): void {
  if (metadata === undefined) return
  if (!isPlainObject(metadata)) throw new TypeError('"metadata" must be a plain object')
  try {
    JSON.stringify(metadata)
  } catch (cause) {
    throw new TypeError(
      '"metadata" must survive JSON.stringify: it must have no BigInt and no reference to itself',
      { cause },
    )
  }
}
