import { parameter } from '../../src/http/request'
import { parseParameters } from '../../src/http/body'

describe('parseParameters()', () => {
  it.each(['scope[]=a', 'scope[a]=b', 'scope%5B%5D=a', 'scope%5b0%5D=a', 'scope=a&scope[]=b'])(
    'makes a list of %s, which is refused where one text is needed',
    (text) => {
      expect(() => parameter(parseParameters(text), 'scope')).toThrow('must be sent once')
    },
  )

  it('keeps other parameters', () => {
    const values = parseParameters('scope=a%5Bb&[]=x&state=%5B1%5D&__proto__[admin]=1')
    expect(parameter(values, 'scope')).toBe('a[b')
    expect(parameter(values, 'state')).toBe('[1]')
    expect(({} as { admin?: unknown }).admin).toBeUndefined()
  })
})
