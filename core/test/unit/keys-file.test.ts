import { chmod, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { OptionError, keysFromFile } from '@oauth2-kit/core'
import { newKey } from '../support/jwt'

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keys-'))
  file = path.join(folder, 'keys.json')
})
afterEach(async () => {
  jest.restoreAllMocks()
  await rm(folder, { recursive: true })
})

async function write(content: unknown, mode = 0o600): Promise<void> {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  await writeFile(file, text)
  await chmod(file, mode)
}

describe('keysFromFile()', () => {
  it('reads a JWK Set, and reads it again after a change only', async () => {
    const read = keysFromFile(file)
    const first = { keys: [newKey()] }
    await write(first)
    const found = await read()
    expect(found).toEqual(first)
    expect(await read()).toBe(found)
    const second = { keys: [newKey({ kid: 'longer' }), ...first.keys] }
    await write(second)
    expect(await read()).toEqual(second)
  })

  it('notices a file of the same size that was moved into its place', async () => {
    const read = keysFromFile(file)
    const [one, two] = [{ keys: [newKey()] }, { keys: [newKey()] }]
    const at = new Date(1_800_000_000_000)
    await write(one)
    await utimes(file, at, at)
    expect(await read()).toEqual(one)
    await writeFile(`${file}.new`, JSON.stringify(two), { mode: 0o600 })
    await utimes(`${file}.new`, at, at)
    await rename(`${file}.new`, file)
    expect(await read()).toEqual(two)
  })

  it('takes a file URL', async () => {
    const set = { keys: [newKey()] }
    await write(set)
    expect(await keysFromFile(pathToFileURL(file))()).toEqual(set)
    expect(() => keysFromFile(new URL('https://auth.example/keys.json'))).toThrow(OptionError)
  })

  it('rejects a directory, without a warning about its mode', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await chmod(folder, 0o755)
    const error = await keysFromFile(folder)().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(OptionError)
    expect(String(error)).toContain('EISDIR')
    expect(warn).not.toHaveBeenCalled()
  })

  it('rejects keys that cannot sign, so that a call at the start finds them', async () => {
    await write({ keys: [{ ...newKey(), d: undefined }] })
    await expect(keysFromFile(file)()).rejects.toThrow('a public key')
  })

  it('names the absolute path, because a relative one depends on the working directory', async () => {
    await expect(keysFromFile('no-such-keys.json')()).rejects.toThrow(
      path.resolve('no-such-keys.json'),
    )
  })

  it.each<[string, unknown]>([
    ['is missing', undefined],
    ['is empty', ''],
    ['is not JSON', '{"keys":[{"kty":"EC","d":"a-private-member'],
    ['is a list', [newKey()]],
    ['is null', 'null'],
    ['has no list of keys', { keys: newKey() }],
  ])('rejects with an OptionError that names the file, if it %s', async (_what, content) => {
    if (content !== undefined) await write(content)
    const error = await keysFromFile(file)().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(OptionError)
    const { option, message, cause } = error as OptionError
    expect(option).toBe('keys')
    expect(message).toContain(file)
    expect(message).toContain('oauth2-kit keys generate')
    expect(`${message} ${String(cause)}`).not.toContain('a-private-member')
  })

  it.each([undefined, null, '', 7])('throws an OptionError if the path is %p', (value) => {
    expect(() => keysFromFile(value as never)).toThrow(OptionError)
  })

  it.each([
    [0o644, 1],
    [0o606, 1],
    [0o602, 1],
    [0o640, 0],
    [0o600, 0],
    [0o400, 0],
  ])('of a file with mode %o warns %i times', async (mode, times) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await write({ keys: [newKey()] }, mode)
    const read = keysFromFile(file)
    await read()
    await read()
    expect(warn.mock.calls).toHaveLength(times)
    for (const [text, options] of warn.mock.calls) {
      expect(text).toContain(file)
      expect(options).toEqual({ code: 'OAUTH2_KIT_KEYS_FILE' })
    }
  })
})
