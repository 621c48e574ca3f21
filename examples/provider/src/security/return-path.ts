const authorize = '/oauth/authorize'
const pages = ['/apps', '/admin']

/**
 * Where to go after signing in or out: back to an authorization request, to one of our pages, or to
 * the start page. Only the query is taken from what is given, so that it leads nowhere else.
 */
export function returnPath(given: unknown): string {
  if (typeof given !== 'string') return '/'
  if (pages.includes(given)) return given
  if (!given.startsWith(`${authorize}?`)) return '/'
  const { search } = new URL(given, 'http://localhost')
  return authorize + search
}

/**
 * The URL of a page that returns here afterwards; with `since`, in milliseconds since the epoch, who
 * signed in before that does so again.
 */
export function returningTo(page: '/sign-in' | '/sign-out', here: string, since?: number): string {
  const query = new URLSearchParams({ return: here })
  if (since !== undefined) query.set('since', String(since))
  return `${page}?${query.toString()}`
}
