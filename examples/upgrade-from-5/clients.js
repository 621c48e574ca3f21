'use strict'

// The clients of this program.

const grants = ['authorization_code', 'client_credentials', 'password', 'refresh_token']
const scopes = ['profile', 'report']

module.exports = [
  {
    id: 'album',
    secret: 'album-secret',
    redirectUris: ['http://127.0.0.1:4000/callback'],
    grants,
    scopes,
  },
  {
    id: 'print-shop',
    secret: 'print-shop-secret',
    redirectUris: ['http://127.0.0.1:5000/callback'],
    grants,
    scopes,
  },
]
