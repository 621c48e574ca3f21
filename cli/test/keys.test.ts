import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type JWK, calculateJwkThumbprint, importJWK } from 'jose'
import { root } from '../../test/support/programs'
import { command } from './support/command-line'

const main = path.join(root, 'cli/dist/main.js')
/** The account `nobody`, so that permissions are checked also if root runs these tests. */
const nobody = 65_534

interface Key extends JWK {
  kid: string
  exp?: number
}

/** What `--json` prints. */
interface Printed {
  file: string
  keys: { kid: string; alg: string; state: string; publishedUntil?: string }[]
  notes: string[]
}

/** A folder for a key file. Every output is checked for key material. */
function keyFolder() {
  const cwd = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-keys-'))
  const file = path.join(cwd, 'keys.json')
  const keys = () => (JSON.parse(readFileSync(file, 'utf8')) as { keys: Key[] }).keys
  const secrets = new Set<string>()
  const remember = () => {
    const text = existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : ''
    for (const [, secret = ''] of text.matchAll(/"(?:d|p|q|dp|dq|qi|k)": ?"([^"]+)"/g))
      secrets.add(secret)
  }
  const run = async (...argv: string[]) => {
    remember()
    const ended = await command(['keys', ...argv], { cwd })
    remember()
    for (const secret of secrets) expect(ended.stdout + ended.stderr).not.toContain(secret)
    return ended
  }
  return {
    cwd,
    file,
    keys,
    kids: () => keys().map(({ kid }) => kid),
    run,
    write: (text: string) => writeFileSync(file, text, { mode: 0o600 }),
    async json(...argv: string[]): Promise<Printed> {
      const { code, stdout, stderr } = await run(...argv, '--json')
      expect([code, stderr]).toEqual([0, ''])
      return JSON.parse(stdout) as Printed
    },
    secrets,
    [Symbol.dispose]: () => rmSync(cwd, { recursive: true }),
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

function modeOf(file: string): number {
  return statSync(file).mode & 0o777
}

/** Returns a private key without members that describe it. */
function newEc(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'jwk' })
}

function newRsa(modulusLength: number): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength })
  return privateKey.export({ format: 'jwk' })
}

function set(...keys: unknown[]): string {
  return JSON.stringify({ keys })
}

describe('keys generate', () => {
  it('writes two private keys for ES256, which only the owner can read, and does not print them', async () => {
    using place = keyFolder()
    const { code, stdout, stderr } = await place.run('generate')
    expect([code, stderr]).toEqual([0, ''])
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
    expect(readdirSync(place.cwd)).toEqual(['keys.json'])
    expect(place.secrets.size).toBe(2)
    const [first, second] = place.keys()
    expect(first).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
    expect(first?.kid).toBe(await calculateJwkThumbprint(first!))
    expect(second?.kid).not.toBe(first?.kid)
    expect(stdout).toMatch(new RegExp(`^${first?.kid} +ES256 +signs$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^${second?.kid} +ES256 +next: published`, 'm'))
    expect(stdout).toContain(`New keys, in ${place.file}`)
    expect(stdout).toContain("keysFromFile('keys.json')")
  })

  it.each([
    ['ES384', 'EC'],
    ['ES512', 'EC'],
    ['Ed25519', 'OKP'],
    ['EdDSA', 'OKP'],
    ['RS256', 'RSA'],
    ['PS256', 'RSA'],
  ])('--alg %s: writes keys that the algorithm can use', async (alg, kty) => {
    using place = keyFolder()
    const { keys } = await place.json('generate', '--alg', alg)
    expect(keys.map((key) => [key.alg, key.state])).toEqual([
      [alg, 'signs'],
      [alg, 'next'],
    ])
    for (const key of place.keys()) {
      expect(key).toMatchObject({ kty, alg })
      expect(await importJWK(key)).toMatchObject({ type: 'private' })
    }
  })

  it('never replaces an existing file', async () => {
    using place = keyFolder()
    place.write('mine')
    const { code, stdout, stderr } = await place.run('generate')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('keys.json exists and was not changed')
    expect(readFileSync(place.file, 'utf8')).toBe('mine')
    expect(readdirSync(place.cwd)).toEqual(['keys.json'])
  })

  it('of several at once, writes the keys of one', async () => {
    using place = keyFolder()
    const ended = await Promise.all(Array.from({ length: 5 }, () => place.run('generate')))
    const won = ended.filter(({ code }) => code === 0)
    expect(won).toHaveLength(1)
    for (const kid of place.kids()) expect(won[0]?.stdout).toContain(kid)
    expect(readdirSync(place.cwd)).toEqual(['keys.json'])
  })

  it.each([['HS256'], ['none'], ['RSA']])('--alg %s: exits with 2', async (alg) => {
    using place = keyFolder()
    const { code, stderr } = await place.run('generate', '--alg', alg)
    expect([code, stderr]).toEqual([
      2,
      'oauth2-kit: --alg must be one of ES256, ES384, ES512, Ed25519, EdDSA, RS256, PS256\n',
    ])
    expect(readdirSync(place.cwd)).toEqual([])
  })
})

describe('keys rotate', () => {
  it('lets the next key sign, adds a next one, and keeps the previous one for a day', async () => {
    using place = keyFolder()
    await place.run('generate')
    const [first, second] = place.kids()
    const before = seconds()
    const { keys } = await place.json('rotate')
    expect(keys.map(({ state }) => state)).toEqual(['signs', 'next', 'retired'])
    const [signing, next, retired] = place.keys()
    expect([signing?.kid, retired?.kid]).toEqual([second, first])
    expect([first, second]).not.toContain(next?.kid)
    expect([signing?.exp, next?.exp]).toEqual([undefined, undefined])
    expect(retired!.exp! - before).toBeGreaterThanOrEqual(86_400)
    expect(retired!.exp! - seconds()).toBeLessThanOrEqual(86_400)
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
    expect(readdirSync(place.cwd)).toEqual(['keys.json'])
  })

  it('--keep: keeps the previous key for these seconds, and --keep 0 removes it at once', async () => {
    using place = keyFolder()
    await place.run('generate')
    const [first, second] = place.kids()
    const { notes } = await place.json('rotate', '--keep', '3600')
    expect(notes).toEqual([
      'APIs will refuse tokens of the previous key that are valid for longer than 3600 s from now.',
    ])
    const kept = place.keys().find(({ kid }) => kid === first)
    expect(Math.abs(kept!.exp! - seconds() - 3600)).toBeLessThan(120)
    await place.run('rotate', '--keep', '0')
    expect(place.kids()).not.toContain(second)
    expect(place.kids()).toContain(first)
  })

  it('removes keys that have ended', async () => {
    using place = keyFolder()
    await place.run('generate')
    const [one, two] = place.keys()
    const ended = { ...newEc(), kid: 'ended', exp: seconds() - 1 }
    const retired = { ...newEc(), kid: 'retired', exp: seconds() + 600 }
    place.write(set(ended, one, retired, two))
    await place.run('rotate')
    expect(place.kids()).toEqual([two?.kid, expect.any(String), one?.kid, 'retired'])
  })

  it('keeps the algorithm, and changes it with --alg', async () => {
    using place = keyFolder()
    await place.run('generate', '--alg', 'Ed25519')
    await place.run('rotate')
    expect(place.keys().map(({ alg }) => alg)).toEqual(['Ed25519', 'Ed25519', 'Ed25519'])
    await place.run('rotate', '--alg', 'ES256')
    expect(place.keys()[1]?.alg).toBe('ES256')
  })

  it('lets the same key sign if the file has no next one, which no API has seen', async () => {
    using place = keyFolder()
    const jwk = newEc()
    place.write(set(jwk))
    const { keys, notes } = await place.json('rotate')
    expect(keys.map(({ alg, state }) => [alg, state])).toEqual([
      ['ES256', 'signs'],
      ['ES256', 'next'],
    ])
    expect(keys[0]?.kid).toBe(await calculateJwkThumbprint(jwk))
    expect(notes).toEqual([
      'The file had no next key, so the same key signs until the next rotation.',
    ])
  })

  it('makes new keys if all have been retired', async () => {
    using place = keyFolder()
    await place.run('generate')
    const retired = place.keys().map((key) => ({ ...key, exp: seconds() + 600 }))
    place.write(set(...retired))
    const { keys } = await place.json('rotate')
    expect(keys.map(({ state }) => state)).toEqual(['signs', 'next', 'retired', 'retired'])
  })

  it('of several at once, one wins and the others change nothing', async () => {
    using place = keyFolder()
    await place.run('generate')
    const [first, second] = place.kids()
    const ended = await Promise.all(Array.from({ length: 5 }, () => place.run('rotate')))
    expect(ended.filter(({ code }) => code === 0)).toHaveLength(1)
    const busy = ended.filter(({ stderr }) =>
      stderr.includes('is being changed by another command'),
    )
    expect(busy).toHaveLength(4)
    expect(place.kids()).toEqual([second, expect.any(String), first])
  })

  it('says what to do if an interrupted change has left its file behind', async () => {
    using place = keyFolder()
    await place.run('generate')
    const before = place.kids()
    writeFileSync(`${place.file}.new`, '')
    const { code, stderr } = await place.run('rotate')
    expect(code).toBe(1)
    expect(stderr).toMatch(/keys\.json\.new exists since 20\S+Z\. If no other command runs, delete/)
    expect(place.kids()).toEqual(before)
    rmSync(`${place.file}.new`)
    expect((await place.run('rotate')).code).toBe(0)
  })

  it('follows a symbolic link, which stays one', async () => {
    using place = keyFolder()
    await place.run('generate', '--file', 'real.json')
    symlinkSync('real.json', place.file)
    const before = readFileSync(path.join(place.cwd, 'real.json'), 'utf8')
    expect((await place.run('rotate')).code).toBe(0)
    expect(lstatSync(place.file).isSymbolicLink()).toBe(true)
    expect(readFileSync(path.join(place.cwd, 'real.json'), 'utf8')).not.toBe(before)
  })

  it('does not replace a symbolic link to a file that does not exist', async () => {
    using place = keyFolder()
    symlinkSync('missing.json', place.file)
    const { code, stderr } = await place.run('generate')
    expect([code, stderr]).toEqual([1, expect.stringContaining('is a link to a file')])
    expect(lstatSync(place.file).isSymbolicLink()).toBe(true)
  })

  it.each([['1.5'], ['-1'], ['soon']])('--keep=%s: exits with 2', async (keep) => {
    using place = keyFolder()
    await place.run('generate')
    const { code, stderr } = await place.run('rotate', `--keep=${keep}`)
    expect([code, stderr]).toEqual([2, 'oauth2-kit: --keep must be a whole number of seconds\n'])
  })
})

describe('keys list', () => {
  it('shows what each key is for', async () => {
    using place = keyFolder()
    await place.run('generate')
    await place.run('rotate')
    const [one, , old] = place.keys()
    place.write(set({ ...newEc(), kid: 'e', exp: seconds() - 1 }, one, old))
    const { keys } = await place.json('list')
    const publishedUntil = expect.stringMatching(/^20.*Z$/) as unknown
    expect(keys).toEqual([
      { kid: 'e', alg: 'ES256', state: 'ended', publishedUntil },
      { kid: one?.kid, alg: 'ES256', state: 'signs' },
      { kid: old?.kid, alg: 'ES256', state: 'retired', publishedUntil },
    ])
    expect((await place.run('list')).stdout).toMatch(/^e +ES256 +ended: not published since 20/m)
  })
})

describe('keys public', () => {
  it.each([['ES256'], ['Ed25519'], ['RS256']])(
    'prints a JWK Set with only the public members of %s keys',
    async (alg) => {
      using place = keyFolder()
      await place.run('generate', '--alg', alg)
      const { code, stdout, stderr } = await place.run('public')
      expect([code, stderr]).toEqual([0, ''])
      const { keys } = JSON.parse(stdout) as { keys: Key[] }
      expect(keys.map(({ kid }) => kid)).toEqual(place.kids())
      for (const key of keys) {
        expect(key).toMatchObject({ alg, use: 'sig' })
        expect(await importJWK(key)).toMatchObject({ type: 'public' })
      }
      expect(await place.json('public')).toEqual({ keys })
    },
  )

  it('leaves out keys that have ended', async () => {
    using place = keyFolder()
    await place.run('generate')
    const [one, two] = place.keys()
    place.write(set({ ...one, exp: seconds() - 1 }, two))
    const { keys } = await place.json('public')
    expect(keys.map(({ kid }) => kid)).toEqual([two?.kid])
  })
})

describe('the mode of the file', () => {
  it.each([
    [0o644, 0o640],
    [0o604, 0o600],
    [0o606, 0o600],
  ])('%o: keys list only warns, and keys rotate corrects it to %o', async (wrong, right) => {
    using place = keyFolder()
    await place.run('generate')
    chmodSync(place.file, wrong)
    const octal = `0${wrong.toString(8)}`
    for (const name of ['list', 'list', 'public']) {
      const { stdout } = await place.run(name)
      expect(stdout.includes(`keys.json has the mode ${octal}, so all`)).toBe(name === 'list')
      expect(modeOf(place.file)).toBe(wrong)
    }
    const { notes } = await place.json('rotate')
    expect(notes).toEqual([expect.stringContaining(`keys.json had the mode ${octal}, so all`)])
    expect(modeOf(place.file)).toBe(right)
    expect((await place.json('list')).notes).toEqual([])
  })

  it.each([[0o600], [0o640]])('%o: is not reported and stays', async (allowed) => {
    using place = keyFolder()
    await place.run('generate')
    chmodSync(place.file, allowed)
    for (const name of ['list', 'rotate']) {
      expect((await place.json(name)).notes).toEqual([])
      expect(modeOf(place.file)).toBe(allowed)
    }
  })
})

describe('a file with only retired keys', () => {
  it.each([['list'], ['public']])(
    'keys %s: exits with 1, as the server refuses it',
    async (name) => {
      using place = keyFolder()
      await place.run('generate')
      place.write(set(...place.keys().map((key) => ({ ...key, exp: seconds() + 600 }))))
      const { code, stderr } = await place.run(name)
      expect(code).toBe(1)
      expect(stderr).toContain('a server refuses keys.json: "keys" has only keys with "exp"')
    },
  )
})

describe('a wrong file', () => {
  const secret = 'c2VjcmV0LWtleS1tYXRlcmlhbA'
  const { d: _, ...publicKey } = newEc()
  const [privateKey, otherKey] = [newEc(), newEc()]

  describe.each([['list'], ['rotate'], ['public']])('keys %s', (name) => {
    it.each([
      ['not JSON', `{"keys":[{"d":"${secret}",]}`, 'keys.json is not a JWK Set with private keys'],
      ['no JWK Set', '[]', 'keys.json is not a JWK Set with private keys'],
      ['null', 'null', 'keys.json is not a JWK Set with private keys'],
      ['an empty set', set(), 'keys.json is not a JWK Set with private keys'],
      [
        'an entry that is not a JWK',
        set(null),
        'a server refuses keys.json: "keys" has at position 1 no key',
      ],
      ['a public key', set(publicKey), 'has at position 1 a public key: pass the private one'],
      ['a shared secret', set({ kty: 'oct', k: secret }), 'has at position 1 a symmetric key'],
      [
        'a key for encryption',
        set({ ...privateKey, use: 'enc' }),
        'has at position 1 a key with a "use" other than "sig"',
      ],
      [
        'a broken key',
        set({ ...publicKey, x: secret, d: secret }),
        'has at position 1 a JWK that is malformed',
      ],
      [
        'an unknown algorithm',
        set({ ...privateKey, alg: 'ES256K' }),
        'has at position 1 a key whose "alg" does not fit it: use ES256',
      ],
      [
        'an "exp" that is no number',
        set({ ...privateKey, exp: '2030-01-01' }),
        'has at position 1 a key whose "exp" is not a number of seconds',
      ],
      [
        'an "exp" before 1970',
        set({ ...privateKey, exp: -1 }),
        'a key whose "exp" is not a number',
      ],
      ['an RSA key of 1024 bits', set(newRsa(1024)), 'has at position 1 an RSA key of 1024 bits'],
      [
        'halves that do not belong together',
        set({ ...otherKey, d: privateKey.d }),
        'has at position 1 a key whose public members do not belong to its private ones',
      ],
      [
        'the same key twice',
        set({ ...privateKey, kid: 'a' }, { ...privateKey, kid: 'b' }),
        'has the same key twice',
      ],
    ])(
      '%s: exits with 1, says what is wrong, and changes nothing',
      async (_what, text, message) => {
        using place = keyFolder()
        place.write(text)
        const { code, stdout, stderr } = await place.run(name)
        expect([code, stdout]).toEqual([1, ''])
        expect(stderr).toContain(message)
        expect(stderr).not.toContain(secret)
        expect(stderr.trim()).not.toContain('\n')
        expect(readFileSync(place.file, 'utf8')).toBe(text)
        expect(readdirSync(place.cwd)).toEqual(['keys.json'])
      },
    )

    it('two keys with the same kid: exits with 1', async () => {
      using place = keyFolder()
      await place.run('generate')
      const [one, two] = place.keys()
      place.write(set({ ...one, kid: 'a' }, { ...two, kid: 'a' }))
      const { code, stderr } = await place.run(name)
      expect([code, stderr]).toEqual([
        1,
        'oauth2-kit: a server refuses keys.json: "keys" has two keys with the "kid" "a": each needs its own\n',
      ])
    })

    it('no file: exits with 1, and names the command that makes it', async () => {
      using place = keyFolder()
      const { code, stderr } = await place.run(name)
      expect([code, stderr]).toEqual([
        1,
        'oauth2-kit: keys.json does not exist: oauth2-kit keys generate --file keys.json makes it\n',
      ])
      expect(readdirSync(place.cwd)).toEqual([])
    })

    it('a folder: exits with 1', async () => {
      using place = keyFolder()
      mkdirSync(place.file)
      const { code, stderr } = await place.run(name)
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^oauth2-kit: keys\.json can't be read\b.*\bEISDIR/s),
      ])
      expect(readdirSync(place.cwd)).toEqual(['keys.json'])
    })
  })

  it.each([['generate'], ['rotate']])('keys %s: no such folder', async (name) => {
    using place = keyFolder()
    const { code, stderr } = await place.run(name, '--file', 'no/keys.json')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^oauth2-kit: no\/keys\.json /)])
  })
})

const isRoot = process.getuid?.() === 0

/** Runs a command as a user whom permissions bind. */
function asUser(cwd: string, ...argv: string[]) {
  return spawnSync(process.execPath, [main, 'keys', ...argv], {
    cwd,
    encoding: 'utf8',
    ...(isRoot && { uid: nobody, gid: nobody }),
  })
}

// This user must be able to read this repository.
const isReadable = asUser(tmpdir(), '--help').status === 0
const describeForUsers = isReadable ? describe : describe.skip
const describeForRoot = isReadable && isRoot ? describe : describe.skip

describeForUsers('a folder that is read-only', () => {
  it.each([['generate'], ['rotate']])('keys %s: exits with 1', async (name) => {
    using place = keyFolder()
    if (name === 'rotate') await place.run('generate')
    if (isRoot && name === 'rotate') chownSync(place.file, nobody, nobody)
    chmodSync(place.cwd, 0o555)
    const { status, stderr } = asUser(place.cwd, name)
    chmodSync(place.cwd, 0o755)
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^oauth2-kit: keys\.json can't be written: EACCES/),
    ])
  })
})

describeForRoot('a file of another user', () => {
  it('keys rotate: root leaves it to its owner', async () => {
    using place = keyFolder()
    await place.run('generate')
    chownSync(place.file, nobody, nobody)
    await place.run('rotate')
    expect(statSync(place.file)).toMatchObject({ uid: nobody, gid: nobody })
  })

  it.each([[0o600], [0o640]])(
    'keys rotate: root keeps its group and the mode %o',
    async (allowed) => {
      using place = keyFolder()
      await place.run('generate')
      chownSync(place.file, 0, nobody)
      chmodSync(place.file, allowed)
      await place.run('rotate')
      const { uid, gid } = statSync(place.file)
      expect([uid, gid, modeOf(place.file)]).toEqual([0, nobody, allowed])
    },
  )

  it('keys rotate: exits with 1 and changes nothing if it can be read, and if it cannot', async () => {
    using place = keyFolder()
    await place.run('generate')
    chmodSync(place.cwd, 0o777)
    const before = readFileSync(place.file, 'utf8')
    const first = asUser(place.cwd, 'rotate')
    expect([first.status, first.stderr]).toEqual([
      1,
      expect.stringMatching(/^oauth2-kit: keys\.json can't be read: EACCES/),
    ])
    chmodSync(place.file, 0o644)
    const second = asUser(place.cwd, 'rotate')
    expect([second.status, second.stderr]).toEqual([
      1,
      expect.stringContaining('keys.json belongs to another user or group and was not changed'),
    ])
    expect(readFileSync(place.file, 'utf8')).toBe(before)
    expect(readdirSync(place.cwd)).toEqual(['keys.json'])
  })
})
