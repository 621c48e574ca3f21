import { hasBareNumber, wordsIn } from './support/texts'

// The self-tests check every failure of a broken store or model with these functions.

describe('hasBareNumber()', () => {
  it.each<[string, boolean]>([
    ['revoke(): got 0, expected 1', true],
    ['The access token at its expiry: got 200, expected 401', true],
    ['The number of grants that revoke() counts: got 0, expected 1', false],
    ['The HTTP status for the access token: got 200, expected 401', false],
    ['"accessTokenLifetime": got 60, expected 3600', false],
    ['find(): got null, expected { hash: 1 }', false],
  ])('%s: %s', (message, isBare) => {
    expect(hasBareNumber(message)).toBe(isBare)
  })
})

describe('wordsIn()', () => {
  it.each<[string, string[]]>([
    ['The store has no row of the grant', ['store', 'grant', 'row']],
    ['find() and updateUser()', ['find()', 'updateUser']],
    ['getClient() finds a client whose grant types are stored', []],
  ])('%s: %j', (text, found) => {
    expect(wordsIn(text)).toEqual(found)
  })
})
