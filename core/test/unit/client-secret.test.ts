import type { Passwords } from '@oauth2-kit/core'
import { hashClientSecret, secretVerifier } from '../../src/crypto/client-secret'
import { sha256 } from '../../src/crypto/hash'
import { randomHex } from '../../src/crypto/random'
import { scryptPasswords } from '../../src/crypto/password'

/** Passwords that count how often they are verified. */
function counting() {
  const verified: string[] = []
  let broken = false
  const passwords: Passwords = {
    hash: async (password) => `slow:${password}`,
    async verify(password, hash) {
      verified.push(password)
      if (broken) throw new Error('The hash is broken')
      return hash === `slow:${password}`
    },
  }
  return { passwords, verified, break: (now: boolean) => (broken = now) }
}

describe('client secrets', () => {
  it('that were generated are hashed fast, and verified without the slow hash', async () => {
    const { passwords, verified } = counting()
    const secret = randomHex(32)
    const hash = await hashClientSecret(secret, false, passwords)
    expect(hash).toBe(sha256(secret))
    const { verify } = secretVerifier(passwords)
    expect(await verify([secret], [hash])).toBe(true)
    expect(await verify([randomHex(32)], [hash])).toBe(false)
    expect(await verify([hash], [hash])).toBe(false)
    expect(verified).toEqual([])
  })

  it('that were chosen are hashed with scrypt', async () => {
    const hash = await hashClientSecret('demo-web-secret', true, scryptPasswords)
    const { verify } = secretVerifier(scryptPasswords)
    expect(await verify(['demo-web-secret'], [hash])).toBe(true)
    expect(await verify(['demo-web-secret2'], [hash])).toBe(false)
  })

  it.each([true, false])(
    'match if any of several candidates matches (chosen: %s)',
    async (chosen) => {
      const { passwords } = counting()
      const hash = await hashClientSecret('right', chosen, passwords)
      const { verify } = secretVerifier(passwords)
      expect(await verify(['right', 'wrong'], [hash])).toBe(true)
      expect(await verify(['wrong', 'right'], [hash])).toBe(true)
      expect(await verify(['wrong', 'worse'], [hash])).toBe(false)
      expect(await verify([], [hash])).toBe(false)
    },
  )

  it('use the slow hash once: a right secret is remembered', async () => {
    const { passwords, verified } = counting()
    const { verify } = secretVerifier(passwords)
    for (let round = 0; round < 3; round++) expect(await verify(['a'], ['slow:a'])).toBe(true)
    expect(verified).toEqual(['a'])
  })

  it('that are verified concurrently use the slow hash once', async () => {
    const { passwords, verified } = counting()
    const { verify } = secretVerifier(passwords)
    const answers = await Promise.all([1, 2, 3].map(() => verify(['a'], ['slow:a'])))
    expect(answers).toEqual([true, true, true])
    expect(verified).toEqual(['a'])
  })

  it('that were wrong are not remembered', async () => {
    const { passwords, verified } = counting()
    const { verify } = secretVerifier(passwords)
    for (let round = 0; round < 2; round++) expect(await verify(['b'], ['slow:a'])).toBe(false)
    expect(verified).toEqual(['b', 'b'])
  })

  it('are remembered with their hash: a changed hash invalidates the old secret', async () => {
    const { passwords } = counting()
    const { verify } = secretVerifier(passwords)
    expect(await verify(['a'], ['slow:a'])).toBe(true)
    expect(await verify(['a'], ['slow:b'])).toBe(false)
    expect(await verify(['b'], ['slow:b'])).toBe(true)
  })

  it('are verified again after a verification has failed', async () => {
    const { passwords, ...control } = counting()
    const { verify } = secretVerifier(passwords)
    control.break(true)
    await expect(verify(['a'], ['slow:a'])).rejects.toThrow('The hash is broken')
    control.break(false)
    expect(await verify(['a'], ['slow:a'])).toBe(true)
  })

  it('F6: are remembered in bounded memory, which evicts the least recently used', async () => {
    const { passwords, verified } = counting()
    const { verify } = secretVerifier(passwords)
    for (let n = 0; n < 1000; n++) await verify([`s${n}`], [`slow:s${n}`])
    await verify(['s0'], ['slow:s0'])
    await verify(['s1000'], ['slow:s1000'])
    verified.length = 0
    await verify(['s1000'], ['slow:s1000'])
    await verify(['s0'], ['slow:s0'])
    expect(verified).toEqual([])
    await verify(['s1'], ['slow:s1'])
    expect(verified).toEqual(['s1'])
  })

  it('F6: stay remembered after wrong attempts', async () => {
    const { passwords } = counting()
    const { verify, knows } = secretVerifier(passwords)
    for (let n = 0; n < 1000; n++) await verify([`s${n}`], [`slow:s${n}`])
    for (let n = 0; n < 10; n++) expect(await verify([`wrong${n}`], ['slow:s7'])).toBe(false)
    const known = Array.from({ length: 1000 }, (_, n) => knows([`s${n}`], [`slow:s${n}`]))
    expect(known.filter((isKnown) => !isKnown)).toEqual([])
  })
})
