import { existsSync } from 'node:fs'

// What the environment has already stays as it is.
if (existsSync('.env')) process.loadEnvFile()

/** A setting of the environment or of `.env`, or what it is otherwise. */
export function setting(name: string, otherwise: string): string {
  return process.env[name] || otherwise
}

/** Where the server listens; 0 = on any free port, for which there must be an `ISSUER`. */
export const port = Number(setting('PORT', '3000'))

/** The URL of this provider, as clients and browsers see it. */
export const issuer = setting('ISSUER', `http://localhost:${port}`)

if (new URL(issuer).pathname !== '/') {
  throw new Error('ISSUER must have no path, for the pages here have none')
}

/** This process speaks http: where the issuer is https, one proxy stands in front of it. */
export const behindProxy = issuer.startsWith('https:')

/** What clients may ask for, in words for the consent page. */
export const scopes: Readonly<Record<string, string>> = {
  profile: 'See who you are',
  offline_access: 'Keep this access while you are away',
}
