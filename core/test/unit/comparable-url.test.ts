import { comparableUrl } from '../../src/protocol/comparable-url'

describe('comparableUrl()', () => {
  it('takes text that is not ASCII, however often it was called before', () => {
    for (let i = 0; i < 200_000; i++) comparableUrl(`https://a.example/${i}`)
    expect(comparableUrl('https://bücher.example/')).toBe('https://xn--bcher-kva.example/')
  })

  it.each([
    ['https://API.Example:443', 'https://api.example/'],
    ['HTTP://api.example:80/a', 'http://api.example/a'],
    ['https://api.example:8443/a', 'https://api.example:8443/a'],
    ['https://api.example/a/./b/../c?d=e#f', 'https://api.example/a/c'],
    ['https://api.example/%7euser/%2f%c3%a9', 'https://api.example/~user/%2F%C3%A9'],
    ['https://api.example/a%2Fb', 'https://api.example/a%2Fb'],
    ['https://api.example//a', 'https://api.example//a'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('%s is %s', (url, comparable) => {
    expect(comparableUrl(url)).toBe(comparable)
  })

  it.each(['', '/a', 'api.example', 'ftp://api.example/', 'https://a@api.example/', 'urn:a:b'])(
    '%j is not comparable',
    (url) => {
      expect(comparableUrl(url)).toBeUndefined()
    },
  )
})
