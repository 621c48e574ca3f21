import { formatUrl, parseUrl } from '../../src/database-url'
import { quietUrl } from '../../src/wire/mongodb'

const proxy = { host: '127.0.0.1', port: 1 }

describe('the URL of a wire', () => {
  it.each([
    [
      'postgres://me:p%40ss@db/app?sslmode=disable',
      'postgres://me:p%40ss@127.0.0.1:1/app?sslmode=disable',
    ],
    ['mysql://root@[::1]:3307/app', 'mysql://root@127.0.0.1:1/app'],
    ['redis://db', 'redis://127.0.0.1:1'],
  ])('replaces only the host of %s', (url, expected) => {
    expect(formatUrl({ ...parseUrl(url), hosts: [proxy] })).toBe(expected)
  })

  it('parses every host and its port', () => {
    expect(parseUrl('redis+cluster://a:1,b').hosts).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 6379 },
    ])
    expect(parseUrl('postgres://[::1]/x').hosts).toEqual([{ host: '::1', port: 5432 }])
  })

  it.each(['localhost', 'mongodb+srv://a', 'http://a'])('refuses %s', (url) => {
    expect(() => parseUrl(url)).toThrow('"url" must name a host and its port')
  })

  it.each([
    'mongodb://a',
    'mongodb://a/',
    'mongodb://a,b/?directConnection=false&heartbeatFrequencyMS=5',
  ])('keeps the heartbeats of MongoDB clients off the wire: %s', (url) => {
    expect(quietUrl(parseUrl(url), proxy)).toBe(
      'mongodb://127.0.0.1:1/?directConnection=true&serverMonitoringMode=poll&heartbeatFrequencyMS=3600000',
    )
  })

  it('keeps the other options of MongoDB', () => {
    expect(quietUrl(parseUrl('mongodb://a/app?w=1'), proxy)).toMatch('/app?w=1&directConnection')
  })
})
