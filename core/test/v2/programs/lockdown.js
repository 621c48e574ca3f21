'use strict'

// An app that is locked down as a whole, as written for oauth2-server 2.4.

var bodyParser = require('body-parser')
var express = require('express')
var oauthserver = require('oauth2-server')

var app = express()

app.use(bodyParser.urlencoded({ extended: false }))

app.oauth = oauthserver({ model: require('./model'), grants: ['password'] })

app.post('/oauth/token', app.oauth.grant)

app.get('/private', function (req, res) {
  res.send('For user ' + req.user.id)
})

app.put('/private', function (req, res) {
  res.send('Changed by user ' + req.user.id)
})

app.get('/public', app.oauth.bypass, function (req, res) {
  res.send('For everyone')
})

app.oauth.lockdown(app)

app.use(app.oauth.errorHandler())

var server = app.listen(process.env.PORT || 3000, function () {
  // oxlint-disable-next-line no-console -- it reports that it is ready
  console.log('Listening on port ' + server.address().port)
})
