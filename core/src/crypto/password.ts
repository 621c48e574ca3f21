import { withCode } from '../errors/error-code'
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** How passwords of users, and client secrets that people chose, are kept. */
export interface Passwords {
  /** The text to keep, with salt and parameters in it. */
  hash(password: string): Promise<string>
  /** Whether the password is the one that was hashed. */
  verify(password: string, hash: string): Promise<boolean>
  /**
   * Whether the hash was made with older parameters, so that it is renewed once its password is
   * verified.
   */
  isOutdated?(hash: string): boolean
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

// The smallest of the equally strong sets that OWASP recommends: 16 MiB a hash.
const current = { ln: 14, r: 8, p: 5 }
const keyBytes = 32
const saltBytes = 16
const phc =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,})\$([A-Za-z0-9+/]{43,})$/

/**
 * Hashes a password with scrypt (RFC 7914) and a fresh salt, in PHC form:
 * `$scrypt$ln=14,r=8,p=5$salt$hash`.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await derive(password.normalize('NFKC'), salt, keyBytes, costOf(current))
  return `$scrypt$${parametersOf(current)}$${base64(salt)}$${base64(key)}`
}

/**
 * Whether the password is the one that `hashPassword` was given. Throws if the hash is none of its.
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, ln, r, p, salt, key] = phc.exec(hash) ?? []
  if (salt === undefined || key === undefined)
    throw withCode('OAUTH2_KIT_OPTION', new TypeError('This is no hash of hashPassword'))
  const wanted = Buffer.from(key, 'base64')
  const cost = costOf({ ln: Number(ln), r: Number(r), p: Number(p) })
  const found = await derive(
    password.normalize('NFKC'),
    Buffer.from(salt, 'base64'),
    wanted.length,
    cost,
  )
  return timingSafeEqual(found, wanted)
}

/** scrypt with the parameters in the hash, renewed when they change. */
export const scryptPasswords: Passwords = Object.freeze({
  hash: hashPassword,
  verify: verifyPassword,
  isOutdated: (hash: string) => !hash.startsWith(`$scrypt$${parametersOf(current)}$`),
})

function parametersOf({ ln, r, p }: typeof current): string {
  return `ln=${ln},r=${r},p=${p}`
}

function costOf({ ln, r, p }: typeof current): object {
  const N = 2 ** ln
  return { N, r, p, maxmem: 256 * N * r }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
