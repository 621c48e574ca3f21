'use strict'

const express = require('express')
const oauthserver = require('@oauth2-kit/core')
const { ready, store } = require('./store')
const users = require('./users')

const oauth = oauthserver({
  store,
  users,
  issuer: 'http://127.0.0.1:3000',
  grants: ['authorization_code', 'client_credentials', 'password', 'refresh_token'],
})

// Your sign-in and consent pages know the user and the answer.
const authenticate = (req) => users.find(req.body.user)
const consent = (req) => req.body.allowed !== 'false'

const app = express()
app.use(express.urlencoded({ extended: true }))

app.post('/oauth/token', oauth.grant())

app.post('/oauth/authorize', oauth.authCodeGrant({ authenticate, consent }))

app.get('/api/me', oauth.authorise({ scope: ['profile'] }), (req, res) => {
  res.json({ id: req.user.id })
})

app.get('/api/report', oauth.authorise({ scope: ['report'] }), (req, res) => {
  res.json({ client: req.oauth.grant.clientId })
})

void ready.then(() => app.listen(3000))
