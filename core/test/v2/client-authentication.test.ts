import { expresses } from '../support/express'
import { askForToken, refusal, seen, v2App } from '../support/v2-app'

const grant = { grant_type: 'client_credentials' }

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`
}

describe.each(expresses)('v2 on $version: client credentials', ({ express }) => {
  it('are read from a Basic header', async () => {
    const { app, argsOf, client } = v2App(express)
    const answer = await askForToken(app, grant).auth(client.clientId, client.clientSecret)
    expect(answer.status).toBe(200)
    expect(argsOf('getClient')).toEqual([client.clientId, client.clientSecret])
  })

  it('are read from the body', async () => {
    const { app, argsOf, client, credentials } = v2App(express)
    expect((await askForToken(app, { ...grant, ...credentials })).status).toBe(200)
    expect(argsOf('getClient')).toEqual([client.clientId, client.clientSecret])
  })

  it('are read from the header if both have some', async () => {
    const { app, argsOf, client } = v2App(express)
    const answer = await askForToken(app, {
      ...grant,
      client_id: 'other',
      client_secret: 'other',
    }).auth(client.clientId, client.clientSecret)
    expect(answer.status).toBe(200)
    expect(argsOf('getClient')).toEqual([client.clientId, client.clientSecret])
  })

  it('in a wrong header are not replaced by right ones in the body', async () => {
    const { app, client, credentials } = v2App(express)
    const answer = await askForToken(app, { ...grant, ...credentials }).auth(
      client.clientId,
      'wrong',
    )
    expect(seen(answer)).toEqual(refusal(400, 'invalid_client', 'Client credentials are invalid'))
  })

  it.each(['Basic', 'Basic %%%', 'Basic bm9jb2xvbg==', 'Bearer abc', 'Digest realm="x"'])(
    'are read from the body if the header is %s',
    async (header) => {
      const { app, credentials } = v2App(express)
      const answer = await askForToken(app, { ...grant, ...credentials }).set(
        'Authorization',
        header,
      )
      expect(answer.status).toBe(200)
    },
  )

  it('may have the scheme in any case', async () => {
    const { app, client } = v2App(express)
    const header = basic(`${client.clientId}:${client.clientSecret}`).replace('Basic', 'bAsIC')
    expect((await askForToken(app, grant).set('Authorization', header)).status).toBe(200)
  })

  it.each(['with:colons::', 'p%40ss:w+rd/&=%zz~!', 'pässwörd', ' spaces '])(
    'are passed to the model unchanged: a secret "%s"',
    async (secret) => {
      const { app, argsOf } = v2App(express, {
        model: { getClient: (_id, _secret, callback) => callback(null, true) },
      })
      const header = basic(`a-client:${secret}`)
      expect((await askForToken(app, grant).set('Authorization', header)).status).toBe(200)
      expect(argsOf('getClient')).toEqual(['a-client', secret])
    },
  )

  it('require a secret in the header too', async () => {
    const { app, calls } = v2App(express)
    const answer = await askForToken(app, grant).auth('a-client', '')
    expect(seen(answer)).toEqual(refusal(400, 'invalid_client', 'Missing client_secret parameter'))
    expect(calls).toEqual([])
  })

  it('require a client id that matches clientIdRegex', async () => {
    const { app, argsOf } = v2App(express, {
      clientIdRegex: /^app:\d+$/,
      model: { getClient: (_id, _secret, callback) => callback(null, true) },
    })
    const refused = await askForToken(app, { ...grant, client_id: 'app', client_secret: 's' })
    expect(seen(refused)).toEqual(
      refusal(400, 'invalid_client', 'Invalid or missing client_id parameter'),
    )
    await askForToken(app, { ...grant, client_id: 'app:7', client_secret: 's' }).expect(200)
    expect(argsOf('getClient')).toEqual(['app:7', 's'])
  })

  it('match a clientIdRegex with the flags g and y each time', async () => {
    const { app, credentials } = v2App(express, { clientIdRegex: /^[\w-]+/gy })
    for (let time = 1; time <= 3; time++) {
      const answer = await askForToken(app, { ...grant, ...credentials })
      expect(answer.status).toBe(200)
    }
  })
})
