import { equalHashes, sha256 } from '../../src/crypto/hash'
import { randomHex } from '../../src/crypto/random'

describe('sha256()', () => {
  it('returns lower-case hex of SHA-256 (FIPS 180-4)', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})

describe('equalHashes()', () => {
  it('compares whole strings, also of different lengths', () => {
    expect(equalHashes('abc', 'abc')).toBe(true)
    expect(equalHashes('abc', 'abd')).toBe(false)
    expect(equalHashes('abc', 'ab')).toBe(false)
    expect(equalHashes('ab', 'abc')).toBe(false)
    expect(equalHashes('', 'abc')).toBe(false)
  })
})

describe('randomHex()', () => {
  const many = Array.from({ length: 100_000 }, () => randomHex(20))

  it.each([1, 16, 20, 32, 8191, 8192])('returns %d bytes as hex', (bytes) => {
    expect(randomHex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
  })

  it('security 32: returns no duplicate in 100,000 values of 160 bits', () => {
    expect(new Set(many).size).toBe(many.length)
  })

  it('security 32: no two values share 8 bytes, as overlapping reads would', () => {
    const parts = many.flatMap((text) => [text.slice(0, 16), text.slice(16, 32)])
    expect(new Set(parts).size).toBe(parts.length)
  })

  it('security 32: has every hex digit about equally often at each position', () => {
    for (const place of [0, 1, 19, 20, 38, 39]) {
      const counts = new Map<string, number>()
      for (const text of many) {
        const digit = text[place]!
        counts.set(digit, (counts.get(digit) ?? 0) + 1)
      }
      expect(counts.size).toBe(16)
      // 6,250 each, within 8 standard deviations of 77.
      for (const count of counts.values()) expect(Math.abs(count - 6250)).toBeLessThan(612)
    }
  })

  it('returns no zeroed bytes of the pool', () => {
    const sizes = [8000, 20, 8192, 200, 20]
    const texts = sizes.map((size) => randomHex(size))
    expect(texts.map((text) => text.length / 2)).toEqual(sizes)
    for (const text of texts) expect(text).not.toMatch(/0{20}/)
  })
})
