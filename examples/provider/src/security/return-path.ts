const authorize = '/oauth/authorize'

/**
 * Where to go after signing in or out: back to an authorization request, or to the start page. Only
 * the query is taken from what is given, so that it leads nowhere else.
 */
export function returnPath(given: unknown): string {
  if (typeof given !== 'string' || !given.startsWith(`${authorize}?`)) return '/'
  const { search } = new URL(given, 'http://localhost')
  return authorize + search
}

/** The URL of a page that returns here afterwards. */
export function returningTo(page: '/sign-in' | '/sign-out', here: string): string {
  return `${page}?return=${encodeURIComponent(here)}`
}
