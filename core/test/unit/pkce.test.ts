import { createHash } from 'node:crypto'
import { isCodeChallenge, verifiesChallenge } from '../../src/protocol/pkce'

describe('PKCE', () => {
  it('verifies the example of RFC 7636 B', () => {
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    expect(isCodeChallenge(challenge)).toBe(true)
    expect(verifiesChallenge(verifier, challenge)).toBe(true)
    expect(verifiesChallenge(verifier.toLowerCase(), challenge)).toBe(false)
    expect(verifiesChallenge(verifier, challenge.toLowerCase())).toBe(false)
  })

  it('does not verify by the method plain', () => {
    const text = 'a'.repeat(43)
    expect(verifiesChallenge(text, text)).toBe(false)
  })

  it.each([43, 128])('accepts a verifier of %d characters', (length) => {
    const verifier = '-._~'.repeat(32).slice(0, length)
    const challenge = challengeOf(verifier)
    expect(verifiesChallenge(verifier, challenge)).toBe(true)
  })

  it.each([
    ['42 characters', 'a'.repeat(42)],
    ['129 characters', 'a'.repeat(129)],
    ['a space', `${'a'.repeat(43)} `],
    ['a line break at the end', `${'a'.repeat(43)}\n`],
    ['a plus', `${'a'.repeat(43)}+`],
    ['no characters', ''],
    ['a letter beyond ASCII', `${'a'.repeat(43)}\u00e9`],
  ])('refuses a verifier with %s, even one that would match', (_what, verifier) => {
    expect(verifiesChallenge(verifier, challengeOf(verifier))).toBe(false)
  })

  it.each([
    ['42 characters', 'a'.repeat(42)],
    ['44 characters', 'a'.repeat(44)],
    ['padding', `${'a'.repeat(42)}=`],
    ['base64 that is not base64url', `${'a'.repeat(42)}/`],
    ['a line break at the end', `${'a'.repeat(43)}\n`],
    ['no characters', ''],
  ])('refuses a challenge with %s', (_what, challenge) => {
    expect(isCodeChallenge(challenge)).toBe(false)
    expect(verifiesChallenge('a'.repeat(43), challenge)).toBe(false)
  })
})

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}
