import type { Model } from '@oauth2-kit/core'
import request, { type Test } from 'supertest'
import type { App } from './express'
import { askForToken } from './v2-app'

const clientId = 'willing-client'
const redirectUri = 'https://client.example/callback'
const credentials = { client_id: clientId, client_secret: 'any secret' }
const extension = 'urn:example:grant'

/** The grants that together call every function of the model. */
export const everyGrant = [
  'authorization_code',
  'password',
  'refresh_token',
  'client_credentials',
  extension,
]

/** A model that has every function and accepts everything. */
export function willingModel(): Required<Model> {
  return {
    getClient: (_id, _secret, callback) => callback(null, { clientId, redirectUri }),
    grantTypeAllowed: (_id, _grantType, callback) => callback(null, true),
    getUser: (_username, _password, callback) => callback(null, { id: 'a-user' }),
    getUserFromClient: (_id, _secret, callback) => callback(null, { id: 'a-user' }),
    getAccessToken: (_token, callback) => callback(null, presented()),
    getAuthCode: (_code, callback) => callback(null, presented()),
    getRefreshToken: (_token, callback) => callback(null, presented()),
    revokeRefreshToken: (_token, callback) => callback(),
    saveAccessToken: (_token, _id, _expires, _user, callback) => callback(),
    saveRefreshToken: (_token, _id, _expires, _user, callback) => callback(),
    saveAuthCode: (_code, _id, _expires, _user, callback) => callback(),
    extendedGrant: (_grantType, _request, callback) => callback(null, true, { id: 'a-user' }),
    generateToken: (_type, _request, callback) => callback(),
  }
}

function presented() {
  return { clientId, expires: new Date(Date.now() + 60_000), userId: 'a-user' }
}

const grant = (form: object) => (app: App) => askForToken(app, { ...form, ...credentials })
const redeem = grant({ grant_type: 'authorization_code', code: 'any code' })
const refresh = grant({ grant_type: 'refresh_token', refresh_token: 'any token' })
const ownToken = grant({ grant_type: 'client_credentials' })
const authorize = (app: App) =>
  request(app)
    .get('/oauth/authorize')
    .query({ response_type: 'code', client_id: clientId, redirect_uri: redirectUri })

/** For each function of a model, a request that calls it. */
export const requestFor: Record<keyof Model, (app: App) => Test> = {
  getClient: ownToken,
  grantTypeAllowed: ownToken,
  getUser: grant({ grant_type: 'password', username: 'ada', password: 'any password' }),
  getUserFromClient: ownToken,
  getAccessToken: (app) => request(app).get('/').auth('any-token', { type: 'bearer' }),
  getAuthCode: redeem,
  getRefreshToken: refresh,
  revokeRefreshToken: refresh,
  saveAccessToken: redeem,
  saveRefreshToken: redeem,
  saveAuthCode: authorize,
  extendedGrant: grant({ grant_type: extension }),
  generateToken: redeem,
}

/** The names of the functions of a model. */
export const functionNames = Object.keys(requestFor) as (keyof Model)[]
