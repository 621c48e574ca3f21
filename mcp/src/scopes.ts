// RFC 6749 3.3
const syntax = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Returns a copy of the scopes in a string or an array, or `undefined` if one is malformed. */
export function scopesOf(value: unknown): string[] | undefined {
  const all: unknown = typeof value === 'string' ? value.split(' ') : value
  if (!Array.isArray(all)) return undefined
  return all.every((one) => typeof one === 'string' && syntax.test(one)) ? [...all] : undefined
}
