const requests = ['/oauth/authorize', '/oauth/device']
const pages = ['/apps', '/admin']

/**
 * Returns the path to go to after signing in or out: the request of an application or a device, one of
 * our pages, or the start page. Only the query of a request is used, so that the path can't lead
 * elsewhere.
 */
export function returnPath(given: unknown): string {
  if (typeof given !== 'string') return '/'
  if (pages.includes(given)) return given
  const request = requests.find((path) => given.startsWith(`${path}?`))
  if (request === undefined) return '/'
  const { search } = new URL(given, 'http://localhost')
  return request + search
}

/**
 * Returns the URL of a page that comes back to `here`. `since`, in milliseconds since the epoch,
 * requires a new sign-in from users who signed in before it.
 */
export function returningTo(
  page: '/sign-in' | '/sign-out' | '/choose-account',
  here: string,
  since?: number,
): string {
  const query = new URLSearchParams({ return: here })
  if (since !== undefined) query.set('since', String(since))
  return `${page}?${query.toString()}`
}
