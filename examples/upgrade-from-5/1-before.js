'use strict'

const express = require('express')
const OAuthServer = require('@node-oauth/express-oauth-server')
const users = require('./users')

const oauth = new OAuthServer({
  model: require('./model'),
})

// Your sign-in page knows the user.
const authenticateHandler = { handle: (request) => users.find(request.body.user) }

const app = express()
app.use(express.urlencoded({ extended: true }))

app.post('/oauth/token', oauth.token())

app.post('/oauth/authorize', oauth.authorize({ authenticateHandler }))

app.get('/api/me', oauth.authenticate({ scope: ['profile'] }), (req, res) => {
  res.json({ id: res.locals.oauth.token.user.id })
})

app.get('/api/report', oauth.authenticate({ scope: ['report'] }), (req, res) => {
  res.json({ client: res.locals.oauth.token.client.id })
})

app.listen(3000)
