import { type Passwords, TemporarilyUnavailableError } from '@oauth2-kit/core'
import { secretVerifier } from '../../src/security/client-secret'
import { queuedPasswords } from '../../src/security/queued-passwords'
import { deferred } from '../oauth21/around'

/** Passwords that are verified when a test says so. */
function held() {
  const gates: ReturnType<typeof deferred<boolean>>[] = []
  const passwords: Passwords = {
    hash: async (text) => text,
    verify() {
      const gate = deferred<boolean>()
      gates.push(gate)
      return gate.promise
    },
  }
  return { passwords, gates }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
}

describe('F18: slow hashes', () => {
  it('run two at once, and the others in turn', async () => {
    const { passwords, gates } = held()
    const queued = queuedPasswords(passwords)
    const verified = Array.from({ length: 5 }, (_, n) => queued.verify(`${n}`, ''))
    await settled()
    expect(gates).toHaveLength(2)
    gates[0]!.resolve(true)
    await settled()
    expect(gates).toHaveLength(3)
    for (let n = 1; n < 5; n++) {
      gates[n]!.resolve(n % 2 === 0)
      // oxlint-disable-next-line no-await-in-loop -- the next one begins when this one has ended
      await settled()
    }
    expect(await Promise.all(verified)).toEqual([true, false, true, false, true])
  })

  it('of which too many wait are a 503 that says when to try again, and the others go on', async () => {
    const { passwords, gates } = held()
    const queued = queuedPasswords(passwords)
    const verified = Array.from({ length: 2 + 64 }, () => queued.verify('a', ''))
    const refused = queued.verify('a', '')
    await expect(refused).rejects.toThrow(TemporarilyUnavailableError)
    await expect(refused).rejects.toMatchObject({ code: 503, headers: { 'Retry-After': '1' } })
    for (let n = 0; n < verified.length; n++) {
      gates[n]!.resolve(true)
      // oxlint-disable-next-line no-await-in-loop -- the next one begins when this one has ended
      await settled()
    }
    expect(await Promise.all(verified)).toEqual(Array(66).fill(true))
  })

  it('that fail make room for the next', async () => {
    const queued = queuedPasswords({
      hash: () => Promise.reject(new Error('no memory')),
      verify: () => {
        throw new Error('not a hash')
      },
    })
    for (let n = 0; n < 5; n++) {
      // oxlint-disable no-await-in-loop -- one after the other
      await expect(queued.hash('a')).rejects.toThrow('no memory')
      await expect(queued.verify('a', 'b')).rejects.toThrow('not a hash')
      // oxlint-enable no-await-in-loop
    }
  })

  it('are one for a secret whose first reading is right', async () => {
    const looked: string[] = []
    const { verify } = secretVerifier({
      hash: async (text) => text,
      async verify(text, hash) {
        looked.push(text)
        return text === hash
      },
    })
    expect(await verify(['a b', 'a%20b'], 'a b')).toBe(true)
    expect(looked).toEqual(['a b'])
  })
})
