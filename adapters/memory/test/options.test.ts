import { readFileSync } from 'node:fs'
import path from 'node:path'
import { memoryStore } from '@oauth2-kit/memory'
import { defaults } from '../src/options'

describe('memoryStore() options', () => {
  it.each([
    [{ file: 7 }, '"file" must be the path of a file'],
    [{ file: '' }, '"file" must be the path of a file'],
    [{ file: null }, '"file" must be the path of a file'],
    [{ file: new URL('file:///tmp/x') }, '"file" must be the path of a file'],
    [{ retentionSeconds: -1 }, '"retentionSeconds" must be a number of seconds, 0 or more'],
    [{ retentionSeconds: '60' }, '"retentionSeconds" must be'],
    [{ retentionSeconds: Number.NaN }, '"retentionSeconds" must be'],
    [{ retentionSeconds: null }, '"retentionSeconds" must be'],
    [{ now: 1_800_000_000_000 }, '"now" must be a function'],
    [{ now: null }, '"now" must be a function'],
    [
      { path: 'x' },
      'Unknown option "path" of memoryStore(). The options are file, retentionSeconds, now',
    ],
  ])('throws a TypeError for %p', (options, message) => {
    const make = () => memoryStore(options as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it.each([null, 'oauth.snapshot', 7])('throws a TypeError for %p as the options', (options) => {
    expect(() => memoryStore(options as never)).toThrow(TypeError)
  })

  it.each([undefined, {}, { file: undefined, retentionSeconds: undefined, now: undefined }])(
    'are optional: %p',
    (options) => {
      expect(() => memoryStore(options)).not.toThrow()
    },
  )

  it('have the defaults that their doc comments state', () => {
    const source = readFileSync(path.join(__dirname, '../src/options.ts'), 'utf8')
    const [, body = ''] = /export interface MemoryStoreOptions \{\n(.*?)\n\}/s.exec(source) ?? []
    const documented = [...body.matchAll(/@default\s+(?:\* )?(\S+).*?\*\/\s*(\w+)\?:/gs)].map(
      ([, value, name]) => [name, value],
    )
    expect(documented).toEqual([
      ['file', 'none'],
      ['retentionSeconds', String(defaults.retentionSeconds)],
      ['now', 'Date.now'],
    ])
    expect(Object.isFrozen(defaults)).toBe(true)
  })
})
