import type { Response } from 'supertest'

/** Ways to send a parameter that is not exactly one valid string, by their description. */
export const malformed: Readonly<Record<string, (name: string) => string>> = {
  'sent twice': (name) => `${name}=a&${name}=b`,
  'sent twice with one value': (name) => `${name}=a&${name}=a`,
  'with a NUL': (name) => `${name}=a%00b`,
  'over-long': (name) => `${name}=${'x'.repeat(9000)}`,
}

/** Ways that one parser reads as an array or object, and another as a different parameter. */
export const nested: Readonly<Record<string, (name: string) => string>> = {
  'an array': (name) => `${name}[]=a`,
  'an array of two': (name) => `${name}[0]=a&${name}[1]=b`,
  'an object': (name) => `${name}[b]=c`,
  'an object with a property of Object.prototype': (name) => `${name}[toString]=a`,
  'an object with a length': (name) => `${name}[length]=1&${name}[0]=a`,
  'a query operator': (name) => `${name}[$ne]=`,
  empty: (name) => `${name}=`,
}

/** Ways to break percent-encoding. */
export const undecodable: Readonly<Record<string, (name: string) => string>> = {
  'with a lone percent sign': (name) => `${name}=a%`,
  'with invalid hex digits': (name) => `${name}=%zz`,
  'in Latin-1': (name) => `${name}=%E4`,
  'with half a surrogate pair': (name) => `${name}=%ED%A0%80`,
}

/** A form with one of its parameters sent in another way. */
export function formWith(
  form: Readonly<Record<string, string>>,
  name: string,
  way: (name: string) => string,
): string {
  const rest = Object.entries(form).filter(([other]) => other !== name)
  return [way(name), ...rest.map(([other, value]) => `${other}=${encodeURIComponent(value)}`)].join(
    '&',
  )
}

/** Whether a response is an OAuth error of the client and contains nothing else. */
export function isRefusal({ status, body, headers }: Response): boolean {
  const errors = ['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_token']
  return (
    status >= 400 &&
    status < 500 &&
    body.code === status &&
    errors.includes(body.error) &&
    typeof body.error_description === 'string' &&
    Object.keys(body).length === 3 &&
    headers['location'] === undefined
  )
}
