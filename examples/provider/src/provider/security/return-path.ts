const authorize = '/oauth/authorize'
const pages = ['/apps', '/admin']

/**
 * Returns the path to go to after signing in or out: an authorization request, one of our pages, or
 * the start page. Only the query of an authorization request is used, so that the path can't lead
 * elsewhere.
 */
export function returnPath(given: unknown): string {
  if (typeof given !== 'string') return '/'
  if (pages.includes(given)) return given
  if (!given.startsWith(`${authorize}?`)) return '/'
  const { search } = new URL(given, 'http://localhost')
  return authorize + search
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
