import { type Line, token } from '../../support/transcript'

const album = { client_id: 'album', client_secret: 'album-secret' }

/** The requests to lockdown.js. */
export const lockdown: Line[] = [
  { ask: 'GET /public' },
  { ask: 'GET /private' },
  { ask: 'HEAD /private' },
  { ask: 'PUT /private' },
  { ask: 'POST /private' },
  { ask: 'GET /nowhere' },
  { ask: 'GET /private?access_token=unknown' },
  token({ grant_type: 'password', ...album }),
  token(
    { grant_type: 'password', ...album, username: 'ada', password: 'engine' },
    { keep: { access: 'access_token' } },
  ),
  { ask: 'GET /private', headers: { Authorization: 'Bearer <access>' } },
  { ask: 'HEAD /private', headers: { Authorization: 'Bearer <access>' } },
  { ask: 'PUT /private', headers: { Authorization: 'Bearer <access>' } },
  { ask: 'GET /public', headers: { Authorization: 'Bearer <access>' } },
]
