import { type Passwords, ServerError, TemporarilyUnavailableError } from '@oauth2-kit/core'
import { secretVerifier } from '../../src/crypto/client-secret'
import { queuedPasswords } from '../../src/crypto/queued-passwords'
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

describe('F18: hashes that never end', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  it('are given up after 30 seconds, and leave their place to others', async () => {
    const { passwords, gates } = held()
    const queued = queuedPasswords(passwords)
    const outcomes = Promise.allSettled([1, 2, 3].map(() => queued.verify('a', '')))
    await jest.advanceTimersByTimeAsync(29_999)
    expect(gates).toHaveLength(2)
    await jest.advanceTimersByTimeAsync(1)
    expect(gates).toHaveLength(3)
    gates[2]!.resolve(true)
    const gone = {
      status: 'rejected',
      reason: new Error('"passwords.verify" did not finish within 30 seconds'),
    }
    expect(await outcomes).toEqual([gone, gone, { status: 'fulfilled', value: true }])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('F14: passwords are believed word for word', () => {
  it.each([{ ok: false }, 'false', 'true', 1, 0, [], '', null, undefined])(
    '%p is no answer of verify',
    async (answer) => {
      const queued = queuedPasswords({ hash: async () => 'x', verify: async () => answer as never })
      const verifying = queued.verify('a', 'b')
      await expect(verifying).rejects.toBeInstanceOf(ServerError)
      await expect(verifying).rejects.toMatchObject({
        cause: { message: expect.stringContaining('"passwords.verify" must return true or false') },
      })
    },
  )

  it.each([{}, 7, '', null, undefined])('%p is no hash', async (hash) => {
    const queued = queuedPasswords({ hash: async () => hash as never, verify: async () => true })
    const hashing = queued.hash('a')
    await expect(hashing).rejects.toBeInstanceOf(ServerError)
    await expect(hashing).rejects.toMatchObject({
      cause: { message: expect.stringContaining('"passwords.hash" must return the hash as text') },
    })
  })

  it('true and false are right and wrong, also from a function that is not async', async () => {
    for (const answer of [true, false]) {
      const queued = queuedPasswords({ hash: async () => 'x', verify: () => answer as never })
      expect(await queued.verify('a', 'b')).toBe(answer)
    }
  })

  it('a fault in their code is a server_error, and an outage stays one', async () => {
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
    ['nothing', () => undefined, false],
    [
      'no answer but an error',
      () => {
        throw new Error('away')
      },
      false,
    ],
  ])('F20: of isOutdated, %s is true only if it is', async (_what, isOutdated, outdated) => {
    const queued = queuedPasswords({
      hash: async () => 'x',
      verify: async () => true,
      isOutdated: isOutdated as never,
    })
    expect(queued.isOutdated?.('x')).toBe(outdated)
    await new Promise(setImmediate)
  })
})
