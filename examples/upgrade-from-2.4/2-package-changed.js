'use strict'

const express = require('express')
const oauthserver = require('@oauth2-kit/core')

const app = express()
app.use(express.urlencoded({ extended: true }))

app.oauth = oauthserver({
  model: require('./model'),
  grants: ['authorization_code', 'password', 'refresh_token'],
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

app.listen(3000)
