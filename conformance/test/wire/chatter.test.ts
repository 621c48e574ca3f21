import { isMongoChatter } from '../../src/wire/mongodb'
import { isRedisChatter } from '../../src/wire/redis'

function redis(...commands: string[][]): Buffer {
  const texts = commands.map(
    (words) =>
      `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`,
  )
  return Buffer.from(texts.join(''))
}

/** MongoDB wire protocol messages, with only the fields that are read: length, opcode, key. */
function mongo(...commands: string[]): Buffer {
  const messages = commands.map((command) => {
    const message = Buffer.concat([Buffer.alloc(26), Buffer.from(`${command}\0the rest`)])
    message.writeInt32LE(message.length, 0)
    message.writeInt32LE(2013, 12)
    return message
  })
  return Buffer.concat(messages)
}

describe('isRedisChatter()', () => {
  it.each([
    [[['CLUSTER', 'SLOTS']]],
    [[['info']]],
    [[['HELLO', '3'], ['CLIENT', 'SETINFO', 'lib-name', 'x'], ['READONLY']]],
  ])('returns true for commands that a client sends by itself: %j', (commands) => {
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
  ])('returns false if one command comes from the application: %j', (commands) => {
    expect(isRedisChatter(redis(...commands))).toBe(false)
  })

  it.each(['', 'INFO\r\n', '*1\r\n', '*1\r\n$4\r\n', 'GET a\r\n*1\r\n$4\r\nINFO\r\n'])(
    'returns false for bytes that it cannot parse: %j',
    (text) => {
      expect(isRedisChatter(Buffer.from(text))).toBe(false)
    },
  )
})

describe('isMongoChatter()', () => {
  it('returns true only if a client sends every message by itself', () => {
    expect(isMongoChatter(mongo('hello'))).toBe(true)
    expect(isMongoChatter(mongo('saslStart', 'hello'))).toBe(true)
    expect(isMongoChatter(mongo('find'))).toBe(false)
    expect(isMongoChatter(mongo('hello', 'findAndModify'))).toBe(false)
    expect(isMongoChatter(Buffer.alloc(0))).toBe(false)
    expect(isMongoChatter(Buffer.concat([mongo('hello'), Buffer.from('cut off')]))).toBe(false)
  })
})
