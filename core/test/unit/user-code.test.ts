import { newUserCode, shownUserCode, userCodeIn } from '../../src/protocol/user-code'

describe('a user code (RFC 8628 6.1)', () => {
  it('has eight letters without vowels, each as likely as the others', () => {
    const counts = new Map<string, number>()
    const total = 4000
    for (let made = 0; made < total; made++) {
      const code = newUserCode()
      expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
      for (const letter of code) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    }
    expect(counts.size).toBe(20)
    // Eight standard deviations from the mean, so that no run fails by chance.
    const mean = (total * 8) / 20
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(8 * 40)
  })

  it('is shown in two parts', () => {
    expect(shownUserCode('BCDFGHJK')).toBe('BCDF-GHJK')
  })

  it.each([
    'BCDFGHJK',
    'BCDF-GHJK',
    'bcdf ghjk',
    ' bcdf\t-\u00a0ghjk\n',
    'B C D F G H J K',
    'BCDF\u2013GHJK',
    'bcdf.ghjk',
    'BCDF_GHJK',
    '\u{ff22}CDF-GHJK',
    '(BCDF/GHJK)',
  ])('is recognized in %j', (text) => {
    expect(userCodeIn(text)).toBe('BCDFGHJK')
  })

  it.each([
    '',
    ' - ',
    'BCDFGHJ',
    'BCDFGHJKL',
    'ACDFGHJK',
    'BCDFGHJ1',
    'BCDFGHJK1',
    '\u0412CDFGHJK',
    'BCDF\u00c9GHJK',
    'x'.repeat(8000),
  ])('is not recognized in %j', (text) => {
    expect(userCodeIn(text)).toBeUndefined()
  })
})
