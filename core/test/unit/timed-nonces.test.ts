import { timedNonces } from '../../src/crypto/timed-nonces'

const minute = 60_000
const at = 30_000_000 * minute
const [first, second] = ['a'.repeat(32), 'b'.repeat(32)] as const
const purpose = 'test'

describe('timedNonces()', () => {
  it('are accepted by every process with the secret until they end', () => {
    const nonce = timedNonces([first], purpose).make(at)
    const other = timedNonces([second, first], purpose)
    const end = other.endOf(nonce, at)
    expect(end).toBe(at + 5 * minute)
    expect(other.endOf(nonce, end! - 1)).toBe(end)
    expect(other.endOf(nonce, end!)).toBeNull()
  })

  it('are accepted by a process whose clock is a minute behind, and no more', () => {
    const nonces = timedNonces([first], purpose)
    expect(nonces.endOf(nonces.make(at), at - minute)).not.toBeNull()
    expect(nonces.endOf(nonces.make(at), at - minute - 1)).toBeNull()
  })

  it('depend on the secret, the purpose and the time', () => {
    const nonces = timedNonces([first], purpose)
    expect(timedNonces([second], purpose).endOf(nonces.make(at), at)).toBeNull()
    expect(timedNonces([first], 'other').endOf(nonces.make(at), at)).toBeNull()
    const later = nonces.make(at).replace(/^\d+/, (step) => String(Number(step) + 1))
    expect(nonces.endOf(later, at)).toBeNull()
  })

  it('are short, printable text without quotes (RFC 9449 8.1)', () => {
    expect(timedNonces([first], purpose).make(at)).toMatch(/^[\w.-]{40,64}$/)
  })
})
