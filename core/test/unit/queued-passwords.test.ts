import { type Passwords, ServerError, TemporarilyUnavailableError } from '@oauth2-kit/core'
import { secretVerifier } from '../../src/crypto/client-secret'
import { queuedPasswords } from '../../src/crypto/queued-passwords'
import { deferred } from '../oauth21/around'

/** Passwords whose verification ends when the test opens a gate. */
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
  it('run two at a time, and the others in turn', async () => {
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
      await settled()
    }
    expect(await Promise.all(verified)).toEqual([true, false, true, false, true])
  })

  it('are a 503 with Retry-After if too many wait, and the others continue', async () => {
    const { passwords, gates } = held()
    const queued = queuedPasswords(passwords)
    const verified = Array.from({ length: 2 + 64 }, () => queued.verify('a', ''))
    const refused = queued.verify('a', '')
    await expect(refused).rejects.toThrow(TemporarilyUnavailableError)
    await expect(refused).rejects.toMatchObject({ code: 503, headers: { 'Retry-After': '1' } })
    for (let n = 0; n < verified.length; n++) {
      gates[n]!.resolve(true)
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
      await expect(queued.hash('a')).rejects.toThrow('no memory')
      await expect(queued.verify('a', 'b')).rejects.toThrow('not a hash')
    }
  })

  it('run once for a secret whose first candidate is right', async () => {
    const candidates: string[] = []
    const { verify } = secretVerifier({
      hash: async (text) => text,
      async verify(text, hash) {
        candidates.push(text)
        return text === hash
      },
    })
    expect(await verify(['a b', 'a%20b'], ['a b'])).toBe(true)
    expect(candidates).toEqual(['a b'])
  })
})

describe('F18: hashes that never end', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  it('are abandoned after 30 seconds, and make room for others', async () => {
    const { passwords, gates } = held()
    const queued = queuedPasswords(passwords)
    const outcomes = Promise.allSettled([1, 2, 3].map(() => queued.verify('a', '')))
    await jest.advanceTimersByTimeAsync(29_999)
    expect(gates).toHaveLength(2)
    await jest.advanceTimersByTimeAsync(1)
    expect(gates).toHaveLength(3)
    gates[2]!.resolve(true)
    const timedOut = {
      status: 'rejected',
      reason: new Error('"passwords.verify" did not finish within 30 seconds'),
    }
    expect(await outcomes).toEqual([timedOut, timedOut, { status: 'fulfilled', value: true }])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('F14: results of the option `passwords` are checked', () => {
  it.each([{ ok: false }, 'false', 'true', 1, 0, [], '', null, undefined])(
    'verify() must not return %p',
    async (answer) => {
      const queued = queuedPasswords({ hash: async () => 'x', verify: async () => answer as never })
      const verifying = queued.verify('a', 'b')
      await expect(verifying).rejects.toBeInstanceOf(ServerError)
      await expect(verifying).rejects.toMatchObject({
        cause: { message: expect.stringContaining('"passwords.verify" must return true or false') },
      })
    },
  )

  it.each([{}, 7, '', null, undefined])('hash() must not return %p', async (hash) => {
    const queued = queuedPasswords({ hash: async () => hash as never, verify: async () => true })
    const hashing = queued.hash('a')
    await expect(hashing).rejects.toBeInstanceOf(ServerError)
    await expect(hashing).rejects.toMatchObject({
      cause: { message: expect.stringContaining('"passwords.hash" must return the hash as text') },
    })
  })

  it('verify() may return true or false synchronously', async () => {
    for (const answer of [true, false]) {
      const queued = queuedPasswords({ hash: async () => 'x', verify: () => answer as never })
      expect(await queued.verify('a', 'b')).toBe(answer)
    }
  })

  it('a programming error is a server_error, and an outage is passed on', async () => {
    const fault = new TypeError('x is undefined')
    const away = new Error('away')
    const queued = queuedPasswords({
      hash: () => Promise.reject(fault),
      verify: () => Promise.reject(away),
    })
    await expect(queued.hash('a')).rejects.toMatchObject({ error: 'server_error', cause: fault })
    await expect(queued.verify('a', 'b')).rejects.toBe(away)
  })

  it.each<[string, () => unknown, boolean]>([
    ['true', () => true, true],
    ['false', () => false, false],
    ['a promise', async () => true, false],
    ['a promise that rejects', () => Promise.reject(new Error('away')), false],
    ['1', () => 1, false],
    ['undefined', () => undefined, false],
    [
      'an error that is thrown',
      () => {
        throw new Error('away')
      },
      false,
    ],
  ])(
    'F20: isOutdated() counts %s as true only if it is true',
    async (_what, isOutdated, outdated) => {
      const queued = queuedPasswords({
        hash: async () => 'x',
        verify: async () => true,
        isOutdated: isOutdated as never,
      })
      expect(queued.isOutdated?.('x')).toBe(outdated)
      await new Promise(setImmediate)
    },
  )
})
