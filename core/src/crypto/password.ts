import { withCode } from '../errors/error-code'
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Hashes and verifies the passwords of users and chosen client secrets. */
export interface Passwords {
  /** Resolves with the text to store, which includes salt and parameters. */
  hash(password: string): Promise<string>
  /** Resolves with whether the password matches the hash. */
  verify(password: string, hash: string): Promise<boolean>
  /**
   * Returns whether the hash was made with outdated parameters or by another function. Such a hash
   * of a password or a chosen client secret is replaced after it has been verified.
   */
  isOutdated?(hash: string): boolean
}

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt)

// Of the equally strong parameter sets that OWASP recommends, the one with the least memory: 16 MiB
// per hash.
const current = { ln: 14, r: 8, p: 5 }
const keyBytes = 32
const saltBytes = 16
const phc =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,})\$([A-Za-z0-9+/]{43,})$/

/**
 * Hashes a password with scrypt (RFC 7914) and a new random salt. Resolves with a string in PHC
 * format: `$scrypt$ln=14,r=8,p=5$salt$hash`.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await derive(password.normalize('NFKC'), salt, keyBytes, costOf(current))
  return `$scrypt$${parametersOf(current)}$${base64(salt)}$${base64(key)}`
}

/**
 * Resolves with whether the password matches the hash. Throws a TypeError if the hash was not made
 * by `hashPassword`.
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, ln, r, p, salt, key] = phc.exec(hash) ?? []
  if (salt === undefined || key === undefined)
    throw withCode(
      'OAUTH2_KIT_OPTION',
      new TypeError('The hash was not made by hashPassword(): verify it with its own function'),
    )
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

/** Returns whether `hashPassword` makes hashes of this format. */
export function isScryptHash(hash: string): boolean {
  return phc.test(hash)
}

/** scrypt with the parameters stored in each hash. A hash with other parameters is outdated. */
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
