import { expresses } from '../support/express'
import { askForToken, refusal, seen, v2App } from '../support/v2-app'

const form = { grant_type: 'client_credentials' }

describe.each(expresses)('v2 on $version: the client_credentials grant', ({ express }) => {
  it('issues tokens to the user that getUserFromClient returns', async () => {
    const { app, called, argsOf, client, user, credentials } = v2App(express)
    const answer = await askForToken(app, { ...form, ...credentials })
    expect(answer.status).toBe(200)
    expect(called()).toEqual([
      'getClient',
      'grantTypeAllowed',
      'getUserFromClient',
      'saveAccessToken',
      'saveRefreshToken',
    ])
    expect(argsOf('getUserFromClient')).toEqual([client.clientId, client.clientSecret])
    expect(argsOf('saveAccessToken')[3]).toBe(user)
  })

  it('issues a refresh token too if refresh_token is in `grants`', async () => {
    const { app, credentials } = v2App(express)
    const { body } = await askForToken(app, { ...form, ...credentials })
    expect(body.refresh_token).toMatch(/^[0-9a-f]{40}$/)
  })

  it.each([[null], [undefined], [false]])('refuses a user that is %p', async (user) => {
    const { app, called, credentials } = v2App(express, {
      model: { getUserFromClient: (_id, _secret, callback) => callback(null, user) },
    })
    expect(seen(await askForToken(app, { ...form, ...credentials }))).toEqual(
      refusal(400, 'invalid_grant', 'Client credentials are invalid'),
    )
    expect(called()).not.toContain('saveAccessToken')
  })
})
