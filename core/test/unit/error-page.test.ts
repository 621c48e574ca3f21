import { InvalidRequestError } from '../../src/errors/errors'
import { errorPage } from '../../src/endpoints/error-response'
import { profiles } from '../../src/profile'

const profile = profiles['oauth2.1']

describe('the error page', () => {
  it('escapes all special characters of HTML', () => {
    const error = new InvalidRequestError(`<script>alert("1" & '2')</script>`)
    const { body } = errorPage(error, profile, 'text/html')
    expect(body).not.toContain('<script')
    expect(body).toContain('&#60;script&#62;alert(&#34;1&#34; &#38; &#39;2&#39;)&#60;/script&#62;')
  })

  it('runs no scripts and cannot be framed', () => {
    const { headers } = errorPage(new InvalidRequestError(), profile, 'text/html')
    expect(headers['Content-Security-Policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers['X-Frame-Options']).toBe('DENY')
  })

  it.each([undefined, '', '*/*', 'application/json'])('is JSON for Accept: %p', (accept) => {
    const { headers, body } = errorPage(new InvalidRequestError('No'), profile, accept)
    expect(headers['Content-Type']).toBe('application/json; charset=utf-8')
    expect(JSON.parse(body)).toEqual({ error: 'invalid_request', error_description: 'No' })
  })
})
