import { isMongoChatter } from '../../src/wire/mongodb'
import { isRedisChatter } from '../../src/wire/redis'

function redis(...commands: string[][]): Buffer {
  const texts = commands.map(
    (words) =>
      `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`,
  )
  return Buffer.from(texts.join(''))
}

/** Messages of MongoDB's wire protocol, as far as anybody looks at them: length, code, first field. */
function mongo(...commands: string[]): Buffer {
  const messages = commands.map((command) => {
    const message = Buffer.concat([Buffer.alloc(26), Buffer.from(`${command}\0the rest`)])
    message.writeInt32LE(message.length, 0)
    message.writeInt32LE(2013, 12)
    return message
  })
  return Buffer.concat(messages)
}

describe('what a client of Redis asks on its own account', () => {
  it.each([
    [[['CLUSTER', 'SLOTS']]],
    [[['info']]],
    [[['HELLO', '3'], ['CLIENT', 'SETINFO', 'lib-name', 'x'], ['READONLY']]],
  ])('is all of %j', (commands) => {
    expect(isRedisChatter(redis(...commands))).toBe(true)
  })

  it.each([
    [[['EVALSHA', 'abc', '0']]],
    [
      [
        ['CLIENT', 'ID'],
        ['EVALSHA', 'abc', '0'],
      ],
    ],
    [[['CLUSTER', 'SLOTS'], ['INFO'], ['GET', 'a key of its own']]],
    [
      [
        ['CLIENT', '$6\r\nCLIENT\r\n'],
        ['GET', 'a'],
      ],
    ],
  ])('is not %j', (commands) => {
    expect(isRedisChatter(redis(...commands))).toBe(false)
  })

  it.each(['', 'INFO\r\n', '*1\r\n', '*1\r\n$4\r\n', 'GET a\r\n*1\r\n$4\r\nINFO\r\n'])(
    'is nothing that cannot be read: %j',
    (text) => {
      expect(isRedisChatter(Buffer.from(text))).toBe(false)
    },
  )
})

describe('what a client of MongoDB asks on its own account', () => {
  it('is messages of nothing else', () => {
    expect(isMongoChatter(mongo('hello'))).toBe(true)
    expect(isMongoChatter(mongo('saslStart', 'hello'))).toBe(true)
    expect(isMongoChatter(mongo('find'))).toBe(false)
    expect(isMongoChatter(mongo('hello', 'findAndModify'))).toBe(false)
    expect(isMongoChatter(Buffer.alloc(0))).toBe(false)
    expect(isMongoChatter(Buffer.concat([mongo('hello'), Buffer.from('cut off')]))).toBe(false)
  })
})
