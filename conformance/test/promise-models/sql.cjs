'use strict'

const { Pool } = require('pg')

// A model over SQL tables: it revokes with a SELECT and then a DELETE, returns times as the driver
// reads a bigint, which is a text, and reads the first row of no rows.

const tables = `
  CREATE TABLE oauth_clients (client_id text, client_secret text, redirect_uri text);
  CREATE TABLE oauth_users (id text, username text, password text);
  CREATE TABLE oauth_codes (code text, expires_at bigint, redirect_uri text, client_id text,
    user_id text, scope text[], code_challenge text, code_challenge_method text);
  CREATE TABLE oauth_tokens (access_token text, access_token_expires_on bigint, client_id text,
    refresh_token text, refresh_token_expires_on bigint, user_id text, scope text[])`

const grants = ['authorization_code', 'refresh_token', 'password']
const time = (date) => (date ? date.getTime() : null)

function modelOver(pool) {
  const rowsOf = async (sql, ...values) => (await pool.query(sql, values)).rows

  return {
    async getClient(clientId, clientSecret) {
      const [found] = await rowsOf(
        'SELECT * FROM oauth_clients WHERE client_id = $1 AND client_secret = $2',
        clientId,
        clientSecret,
      )
      return found && { id: found.client_id, redirectUris: [found.redirect_uri], grants }
    },
    async getUser(username, password) {
      const [found] = await rowsOf(
        'SELECT id FROM oauth_users WHERE username = $1 AND password = $2',
        username,
        password,
      )
      return found ?? false
    },

    async saveToken(token, client, user) {
      await pool.query('INSERT INTO oauth_tokens VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        token.accessToken,
        time(token.accessTokenExpiresAt),
        client.id,
        token.refreshToken,
        time(token.refreshTokenExpiresAt),
        user.id,
        token.scope,
      ])
      return { ...token, client, user }
    },
    async getAccessToken(accessToken) {
      const rows = await rowsOf('SELECT * FROM oauth_tokens WHERE access_token = $1', accessToken)
      const [found] = rows
      return {
        accessToken: found.access_token,
        accessTokenExpiresAt: found.access_token_expires_on,
        scope: found.scope,
        client: { id: found.client_id },
        user: { id: found.user_id },
      }
    },
    async getRefreshToken(refreshToken) {
      const rows = await rowsOf('SELECT * FROM oauth_tokens WHERE refresh_token = $1', refreshToken)
      const [found] = rows
      if (!found) return false
      const expires = found.refresh_token_expires_on
      return {
        refreshToken: found.refresh_token,
        refreshTokenExpiresAt: expires === null ? null : new Date(Number(expires)),
        scope: found.scope,
        client: { id: found.client_id },
        user: { id: found.user_id },
      }
    },
    async revokeToken({ refreshToken }) {
      const rows = await rowsOf('SELECT 1 FROM oauth_tokens WHERE refresh_token = $1', refreshToken)
      if (rows.length === 0) return false
      await pool.query('DELETE FROM oauth_tokens WHERE refresh_token = $1', [refreshToken])
      return true
    },

    async saveAuthorizationCode(code, client, user) {
      await pool.query('INSERT INTO oauth_codes VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
        code.authorizationCode,
        time(code.expiresAt),
        code.redirectUri,
        client.id,
        user.id,
        code.scope,
        code.codeChallenge,
        code.codeChallengeMethod,
      ])
      return { ...code, client, user }
    },
    async getAuthorizationCode(code) {
      const [found] = await rowsOf('SELECT * FROM oauth_codes WHERE code = $1', code)
      if (!found) return false
      return {
        authorizationCode: found.code,
        expiresAt: new Date(Number(found.expires_at)),
        redirectUri: found.redirect_uri,
        scope: found.scope,
        codeChallenge: found.code_challenge ?? undefined,
        codeChallengeMethod: found.code_challenge_method ?? undefined,
        client: { id: found.client_id },
        user: { id: found.user_id },
      }
    },
    async revokeAuthorizationCode({ authorizationCode }) {
      const rows = await rowsOf('SELECT 1 FROM oauth_codes WHERE code = $1', authorizationCode)
      if (rows.length === 0) return false
      await pool.query('DELETE FROM oauth_codes WHERE code = $1', [authorizationCode])
      return true
    },
  }
}

/** Passes the URL of the server itself to the processes that the suite starts. */
const variable = 'OAUTH2_KIT_TEST_SQL_MODEL'

function poolOf(url) {
  // Behind a proxy, the server hangs on purpose. Without one, a busy machine may be slow.
  const connectionTimeoutMillis = url === process.env[variable] ? 60_000 : 3000
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis })
  // A connection that breaks while it is idle is not an error of the model.
  return pool.on('error', () => {})
}

exports.create = ({ url }) => {
  const pool = poolOf(url)
  return { model: modelOver(pool), close: () => pool.end() }
}

/** Creates the tables. */
exports.setUp = async (url) => {
  process.env[variable] = url
  const pool = poolOf(url)
  await pool.query(tables)
  await pool.end()
}

exports.seed = async ({ client, otherClient, user, otherUser }, { url }) => {
  const pool = poolOf(url)
  for (const { id, secret, redirectUri } of [client, otherClient])
    await pool.query('INSERT INTO oauth_clients VALUES ($1, $2, $3)', [id, secret, redirectUri])
  for (const { id, username, password } of [user, otherUser])
    await pool.query('INSERT INTO oauth_users VALUES ($1, $2, $3)', [id, username, password])
  await pool.end()
}
