import { scryptSync } from 'node:crypto'
import { hashPassword, verifyPassword } from '@oauth2-kit/core'
import { scryptPasswords } from '../../src/crypto/password'

describe('hashPassword() and verifyPassword()', () => {
  it('return a hash in PHC format: the parameters, a salt of 16 bytes, a key of 32', async () => {
    const hash = await hashPassword('correct horse')
    const [, salt = '', key = ''] =
      /^\$scrypt\$ln=14,r=8,p=5\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/.exec(hash) ?? []
    const cost = { N: 2 ** 14, r: 8, p: 5, maxmem: 2 ** 26 }
    const derived = scryptSync('correct horse', Buffer.from(salt, 'base64'), 32, cost)
    expect(derived.toString('base64').replace('=', '')).toBe(key)
  })

  it('use another salt each time, and verify every hash', async () => {
    const hashes = await Promise.all([hashPassword('x'), hashPassword('x')])
    expect(hashes[0]).not.toBe(hashes[1])
    for (const hash of hashes) expect(await verifyPassword('x', hash)).toBe(true)
  })

  it('reject a wrong password', async () => {
    const hash = await hashPassword('correct horse')
    for (const wrong of ['', 'Correct horse', hash]) {
      expect(await verifyPassword(wrong, hash)).toBe(false)
    }
  })

  it('accept a password in another normalization form of Unicode', async () => {
    const hash = await hashPassword('Ame\u0301lie')
    expect(await verifyPassword('Am\u00e9lie', hash)).toBe(true)
    expect(await verifyPassword('Amelie', hash)).toBe(false)
  })

  it('verify with the parameters in the hash', async () => {
    const salt = Buffer.alloc(16, 7)
    const key = scryptSync('x', salt, 32, { N: 2 ** 4, r: 1, p: 2 })
    const [salt64, key64] = [salt, key].map((bytes) => bytes.toString('base64').replace(/=+$/, ''))
    const hash = `$scrypt$ln=4,r=1,p=2$${salt64}$${key64}`
    expect(await verifyPassword('x', hash)).toBe(true)
    expect(await verifyPassword('y', hash)).toBe(false)
  })

  it.each([
    '',
    'correct horse',
    '$scrypt$',
    '$2b$10$abcdefghijklmnopqrstuv',
    `$scrypt$ln=14,r=8$${'a'.repeat(22)}$${'a'.repeat(43)}`,
    `$scrypt$ln=14,r=8,p=5$short$${'a'.repeat(43)}`,
    `$scrypt$ln=14,r=8,p=5$${'a'.repeat(22)}$short`,
  ])('rejects with a TypeError for %j, which is not a scrypt hash', async (hash) => {
    await expect(verifyPassword('x', hash)).rejects.toThrow(TypeError)
  })

  it('a hash is outdated unless it has the current parameters', async () => {
    const now = await hashPassword('x')
    expect(isOutdated(now)).toBe(false)
    expect(isOutdated(now.replace('ln=14', 'ln=13'))).toBe(true)
    expect(isOutdated(now.replace('p=5', 'p=50'))).toBe(true)
    expect(isOutdated('$2b$10$abcdefghijklmnopqrstuv')).toBe(true)
  })
})

function isOutdated(hash: string): boolean | undefined {
  return scryptPasswords.isOutdated?.(hash)
}
