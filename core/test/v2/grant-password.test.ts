import { expresses } from '../support/express'
import { askForToken, refusal, seen, v2App } from '../support/v2-app'

describe.each(expresses)('v2 on $version: the password grant', ({ express }) => {
  it('issues tokens to the user that getUser returns', async () => {
    const { app, called, argsOf, user, credentials } = v2App(express)
    const { username, password } = user
    const form = { grant_type: 'password', username, password, ...credentials }
    expect((await askForToken(app, form)).status).toBe(200)
    expect(called()).toEqual([
      'getClient',
      'grantTypeAllowed',
      'getUser',
      'saveAccessToken',
      'saveRefreshToken',
    ])
    expect(argsOf('getUser')).toEqual([username, password])
    expect(argsOf('saveAccessToken')[3]).toBe(user)
  })

  it.each([
    ['a username', { password: 'p' }],
    ['a password', { username: 'u' }],
    ['a username that is not empty', { username: '', password: 'p' }],
    ['a password that is not empty', { username: 'u', password: '' }],
  ])('requires %s', async (_what, form) => {
    const { app, called, credentials } = v2App(express)
    const answer = await askForToken(app, { grant_type: 'password', ...form, ...credentials })
    const description = 'Missing parameters. "username" and "password" are required'
    expect(seen(answer)).toEqual(refusal(400, 'invalid_client', description))
    expect(called()).toEqual(['getClient', 'grantTypeAllowed'])
  })

  it.each([[null], [undefined], [false]])('refuses a user that is %p', async (user) => {
    const { app, called, credentials } = v2App(express, {
      model: { getUser: (_username, _password, callback) => callback(null, user) },
    })
    const form = { grant_type: 'password', username: 'u', password: 'p', ...credentials }
    expect(seen(await askForToken(app, form))).toEqual(
      refusal(400, 'invalid_grant', 'User credentials are invalid'),
    )
    expect(called()).not.toContain('saveAccessToken')
  })

  it('passes username and password on unchanged', async () => {
    const { app, argsOf, credentials } = v2App(express)
    const words = { username: ' Ädà+&=% ', password: '\u{1f511} & = + %20 ' }
    await askForToken(app, { grant_type: 'password', ...words, ...credentials }).expect(400)
    expect(argsOf('getUser')).toEqual([words.username, words.password])
  })
})
