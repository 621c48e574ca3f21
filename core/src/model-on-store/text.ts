import { isStorableText, longestId } from '../contract/ids'

/** Returns whether a value is text that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Returns whether a value is text that a store can keep as an id. No other value is looked up. */
export function isIdText(value: unknown): value is string {
  return isText(value) && value.length <= longestId && isStorableText(value)
}
