import type { Application, CookieOptions, Request } from 'express'

/** Sets whether browsers use https. If so, the cookies are sent over https only. */
export function setOverHttps(app: Application, overHttps: boolean): void {
  app.set('over https', overHttps)
}

/** Returns the name of a cookie. Over https it has a prefix, so that no other host can set it. */
export function cookieName(name: string, overHttps: boolean): string {
  return overHttps ? `__Host-${name}` : name
}

/** Sets a session cookie that no script and no other site can use. */
export function setCookie(req: Request, name: string, value: string): void {
  // A request that arrived over http must not set a cookie for https.
  if (isOverHttps(req) && !req.secure) return
  req.res?.cookie(cookieName(name, isOverHttps(req)), value, optionsOf(req))
}

export function clearCookie(req: Request, name: string): void {
  req.res?.clearCookie(cookieName(name, isOverHttps(req)), optionsOf(req))
}

/** Returns the value of a cookie of the request, or undefined. */
export function cookieOf(req: Request, name: string): string | undefined {
  const start = `${cookieName(name, isOverHttps(req))}=`
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length)
}

function isOverHttps(req: Request): boolean {
  return req.app.get('over https') === true
}

function optionsOf(req: Request): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure: isOverHttps(req), path: '/' }
}
