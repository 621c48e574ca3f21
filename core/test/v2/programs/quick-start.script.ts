import { type Line, token } from '../../support/transcript'

const album = { client_id: 'album', client_secret: 'album-secret' }
const printer = { client_id: 'printer', client_secret: 'printer-secret' }
const basic = { Authorization: `Basic ${btoa('album:album-secret')}` }
const redirectUri = 'https://album.example/callback'
const authorise = `/oauth/authorise?response_type=code&client_id=album&redirect_uri=${redirectUri}`
const description = 'The%20user%20denied%20access%20to%20your%20application'
const denied = `${redirectUri}?error=access_denied&error_description=${description}`

/** The requests to quick-start.js about tokens. */
export const tokens: Line[] = [
  // The token endpoint
  { ask: 'GET /oauth/token' },
  { ask: 'POST /oauth/token', json: { grant_type: 'password', ...album } },
  token({}),
  token({ grant_type: 'implicit' }),
  token({ grant_type: 'password' }),
  token({ grant_type: 'password', client_id: 'a b' }),
  token({ grant_type: 'password', client_id: 'album' }),
  token({ grant_type: 'password', ...album, client_secret: 'wrong' }),
  token({ grant_type: 'password', client_id: 'nobody', client_secret: 'wrong' }),
  token({ grant_type: 'password', client_id: 'broken', client_secret: 'any' }),
  token({ grant_type: 'password', ...printer, username: 'ada', password: 'engine' }),
  token({ grant_type: 'password', ...album }),
  token({ grant_type: 'password', ...album, username: 'ada' }),
  token({ grant_type: 'password', ...album, username: 'ada', password: 'wrong' }),
  token(
    { grant_type: 'password', ...album, username: 'ada', password: 'engine' },
    { keep: { access: 'access_token', refresh: 'refresh_token' } },
  ),
  token({ grant_type: 'password', username: 'ada', password: 'engine' }, { headers: basic }),
  token({ grant_type: 'client_credentials', ...album }),
  token({ grant_type: 'urn:album:card', ...album, card: '4711' }),
  token({ grant_type: 'urn:album:card', ...album, card: 'blank' }),
  token({ grant_type: 'urn:album:card', ...album, card: 'lost' }),
  token({ grant_type: 'urn:album:nothing', ...album }),
  token({ grant_type: 'urn:album:nothing', ...printer }),

  // The bearer check
  { ask: 'GET /' },
  { ask: 'GET /', headers: { Authorization: 'Bearer <access>' } },
  { ask: 'GET /?access_token=<access>' },
  { ask: 'POST /', form: { access_token: '<access>' } },
  { ask: 'POST /', json: { access_token: '<access>' } },
  { ask: 'GET /?access_token=<access>', headers: { Authorization: 'Bearer <access>' } },
  { ask: 'POST /?access_token=<access>', form: { access_token: '<access>' } },
  { ask: 'GET /', headers: { Authorization: 'Bearer unknown' } },
  { ask: 'GET /', headers: { Authorization: 'Bearer expired-token' } },
  { ask: 'GET /', headers: { Authorization: 'Bearer endless-token' } },
  { ask: 'GET /', headers: basic },
  { ask: 'GET /error' },

  // Refreshing
  token({ grant_type: 'refresh_token', ...album }),
  token({ grant_type: 'refresh_token', ...album, refresh_token: 'unknown' }),
  token({ grant_type: 'refresh_token', ...album, refresh_token: 'expired-refresh' }),
  token({ grant_type: 'refresh_token', ...album, refresh_token: 'endless-refresh' }),
  token(
    { grant_type: 'refresh_token', ...album, refresh_token: '<refresh>' },
    { keep: { renewed: 'access_token' } },
  ),
  token({ grant_type: 'refresh_token', ...album, refresh_token: '<refresh>' }),
  { ask: 'GET /', headers: { Authorization: 'Bearer <renewed>' } },
]

/** The requests to quick-start.js about codes. */
export const codes: Line[] = [
  { ask: 'GET /oauth/authorise' },
  { ask: 'GET /oauth/authorise?response_type=token' },
  { ask: 'GET /oauth/authorise?response_type=code' },
  { ask: 'GET /oauth/authorise?response_type=code&client_id=album' },
  { ask: `GET ${authorise.replace('=album', '=nobody')}` },
  { ask: `GET ${authorise.replace('=album', '=broken')}` },
  { ask: `GET ${authorise.replace('=album', '=printer')}` },
  { ask: `GET ${authorise}&answer=no` },
  { ask: `GET ${authorise}&answer=broken` },
  { ask: `GET ${authorise}&answer=yes&state=some-state`, keep: { code: 'code' } },
  {
    ask: 'POST /oauth/authorise?answer=yes',
    form: {
      response_type: 'code',
      client_id: 'album',
      redirect_uri: redirectUri,
    },
  },
  token({ grant_type: 'authorization_code', ...album }),
  token({ grant_type: 'authorization_code', ...album, code: 'unknown' }),
  token({ grant_type: 'authorization_code', ...album, code: 'expired-code' }),
  token({ grant_type: 'authorization_code', ...album, code: 'ownerless-code' }),
  token({ grant_type: 'authorization_code', ...printer, code: '<code>' }),
  token(
    { grant_type: 'authorization_code', ...album, code: '<code>' },
    { keep: { coded: 'access_token' } },
  ),
  { ask: 'GET /', headers: { Authorization: 'Bearer <coded>' } },
]

/** The requests to quick-start.js with a redirect URI that is not ASCII. */
export const beyondAscii: Line[] = [
  {
    ask: `GET ${authorise.replace('callback', encodeURIComponent('日本/ü'))}&answer=yes&state=s`,
  },
  { ask: `GET ${authorise.replace('callback', encodeURIComponent('日本/ü'))}&answer=no` },
]

/** The intended differences: the response of the original, and the response of ours. */
export const documented: { line: Line; original: object; kit: object }[] = [
  {
    // The state is returned with an error too.
    line: { ask: `GET ${authorise}&answer=no&state=s` },
    original: { headers: { location: `${denied}&code=500` } },
    kit: { headers: { location: `${denied}&code=500&state=s` } },
  },
  {
    // The state can't inject a parameter.
    line: { ask: `GET ${authorise}&answer=yes&state=a%26code%3Dinjected` },
    original: { headers: { location: `${redirectUri}?code=<token>&state=a&code=injected` } },
    kit: { headers: { location: `${redirectUri}?code=<token>&state=a%26code%3Dinjected` } },
  },
  {
    // A redirect URI that has a query keeps it.
    line: { ask: `GET ${authorise.replace('callback', 'other%3Fpage=1')}&answer=yes` },
    original: { headers: { location: 'https://album.example/other?page=1?code=<token>' } },
    kit: { headers: { location: 'https://album.example/other?page=1&code=<token>' } },
  },
  {
    // An array is refused, and causes no crash.
    line: { ask: 'POST /oauth/token', form: { 'grant_type[]': 'password', ...album } },
    original: { status: 500 },
    kit: { status: 400 },
  },
  {
    // The model is not called with an empty token.
    line: { ask: 'GET /?access_token=' },
    original: { status: 401 },
    kit: { status: 400 },
  },
]
