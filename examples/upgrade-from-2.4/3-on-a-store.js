'use strict'

const express = require('express')
const oauthserver = require('@oauth2-kit/core')
const { memoryStore } = require('@oauth2-kit/memory')

const store = memoryStore()
const users = [{ id: '17', username: 'ada', password: 'engine' }]

const app = express()
app.use(express.urlencoded({ extended: true }))

app.oauth = oauthserver({
  store,
  issuer: 'http://127.0.0.1:3000',
  grants: ['authorization_code', 'password', 'refresh_token'],
  users: {
    async authenticate(username, password) {
      return users.find((one) => one.username === username && one.password === password) ?? null
    },
  },
})

app.all('/oauth/token', app.oauth.grant())

app.post(
  '/oauth/authorise',
  app.oauth.authCodeGrant((req, next) => {
    // Your sign-in and consent pages know the user and the answer.
    next(null, req.body.allow === 'yes', { id: '17' })
  }),
)

app.get('/api/me', app.oauth.authorise(), (req, res) => {
  res.json(req.user)
})

app.use(app.oauth.errorHandler())

// Replaces getClient and grantTypeAllowed: the client is registered once.
void oauthserver
  .createClient(store, {
    id: 'album',
    secret: 'album-secret',
    redirectUris: ['http://127.0.0.1:4000/callback'],
    grantTypes: ['authorization_code', 'password', 'refresh_token'],
    scopes: [],
  })
  .then(() => app.listen(3000))
