'use strict'

// A provider with every grant type, as written for oauth2-server 2.4.

var bodyParser = require('body-parser')
var express = require('express')
var oauthserver = require('oauth2-server')
var model = require('./model')

var app = express()

app.use(bodyParser.urlencoded({ extended: true }))
app.use(bodyParser.json())

app.oauth = oauthserver({
  model: model,
  grants: [
    'authorization_code',
    'password',
    'refresh_token',
    'client_credentials',
    'urn:album:card',
    'urn:album:nothing',
  ],
  debug: function () {},
})

app.all('/oauth/token', app.oauth.grant())

app.all(
  '/oauth/authorise',
  app.oauth.authCodeGrant(function (req, next) {
    if (req.query.answer === 'broken') return next(new Error('The session is gone'))
    return next(null, req.query.answer === 'yes', model.users[0])
  }),
)

app.all('/', app.oauth.authorise(), function (req, res) {
  res.send('Secret area of user ' + req.user.id)
})

app.get('/error', function (req, res, next) {
  next(new Error('no error of OAuth'))
})

app.use(app.oauth.errorHandler())

app.use(function (error, req, res, next) {
  if (res.headersSent) return next(error)
  return res.status(500).send('Something else: ' + error.message)
})

var server = app.listen(process.env.PORT || 3000, function () {
  // oxlint-disable-next-line no-console -- it reports that it is ready
  console.log('Listening on port ' + server.address().port)
})
