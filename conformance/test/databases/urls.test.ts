import { redisNodes } from '../../src/databases'
import { isolate } from '../../src/databases/isolate'

describe('redisNodes()', () => {
  it('returns the one server of a plain URL', () => {
    expect(redisNodes('redis://example')).toEqual([{ host: 'example', port: 6379 }])
  })

  it('returns every node of a cluster, each with the credentials', () => {
    expect(redisNodes('redis+cluster://me:p%40ss@a:1,b:2')).toEqual([
      { host: 'a', port: 1, username: 'me', password: 'p@ss' },
      { host: 'b', port: 2, username: 'me', password: 'p@ss' },
    ])
  })

  it.each(['localhost', 'mysql://localhost'])('refuses %s', (url) => {
    expect(() => redisNodes(url)).toThrow('"url" must')
  })
})

describe('isolated()', () => {
  it('refuses a namespace that is not a plain name', async () => {
    await expect(isolate('mongodb', 'mongodb://a', 'a; DROP')).rejects.toThrow('"namespace" must')
  })

  it.each([
    ['mongodb://a:1,b:2/?replicaSet=r', 'mongodb://a:1,b:2/oauth2_kit_test_n?replicaSet=r'],
    ['mongodb://a:1', 'mongodb://a:1/oauth2_kit_test_n'],
    ['mongodb://me:x@a/', 'mongodb://me:x@a:27017/oauth2_kit_test_n?authSource=admin'],
    ['mongodb://me:x@a/own?w=1', 'mongodb://me:x@a:27017/oauth2_kit_test_n?w=1&authSource=own'],
    ['mongodb://me:x@a/?authSource=b', 'mongodb://me:x@a:27017/oauth2_kit_test_n?authSource=b'],
  ])('puts the database name into %s', async (url, expected) => {
    expect((await isolate('mongodb', url, 'n')).url).toBe(expected)
  })
})
