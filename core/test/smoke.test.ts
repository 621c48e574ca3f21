import oauthserver from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { expresses } from './support/express'

describe.each(expresses)('$version', ({ express }) => {
  it('issues a client_credentials token and accepts it', async () => {
    const store = memoryStore()
    const { client, secret } = await oauthserver.createClient(store, {
      grantTypes: ['client_credentials'],
      scopes: ['read'],
    })
    const oauth = oauthserver({ model: store, grants: ['client_credentials'] })
    const app = express()
    app.post('/oauth/token', oauth.grant())
    app.get('/', oauth.authorise({ scope: 'read' }), (req, res) => {
      res.json(req.oauth)
    })
    const granted = await request(app)
      .post('/oauth/token')
      .auth(client.id, secret!)
      .type('form')
      .send({ grant_type: 'client_credentials' })
    expect(granted.status).toBe(200)
    const { body, status } = await request(app)
      .get('/')
      .set('Authorization', `Bearer ${granted.body.access_token}`)
    expect({ body, status }).toMatchObject({ status: 200, body: { scope: 'read' } })
  })
})
