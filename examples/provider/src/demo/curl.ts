import type { Demo } from '../config.js'
import { deviceCode } from '../provider/pages/device.js'

/** A command to try in a shell. */
export interface CurlExample {
  id: string
  title: string
  text: string
  /** What to do while the command runs. */
  steps?: string[]
  /** A URL to open in a browser while the command runs. */
  browse?: string
  /** One line that works when it is pasted into a shell. */
  command: string
}

// RFC 7636 B: publicly known, so for examples only.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** Returns command lines for the demo clients and the demo user. */
export function curlExamples(issuer: string, demo: Demo): CurlExample[] {
  const { username, password, publicClientId, deviceClientId, redirectUris, scopes } = demo
  const redirectUri = redirectUris[0] ?? ''
  const secret = authentication(demo)
  const tokenEndpoint = quoted(`${issuer}/oauth/token`)

  const clientCredentials = `curl ${secret} -d grant_type=client_credentials ${tokenEndpoint}`
  const withPassword = `${secret} -d grant_type=password ${data({ username, password })} ${tokenEndpoint}`
  const authorization = new URLSearchParams({
    response_type: 'code',
    client_id: publicClientId,
    redirect_uri: redirectUri,
    scope: scopes.join(' '),
    state: 'example-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const examples: CurlExample[] = [
    {
      id: 'client-credentials',
      title: 'Client credentials',
      text: 'The client gets a token for itself, without a user.',
      command: clientCredentials,
    },
    {
      id: 'password',
      title: 'Password',
      text: 'The client sends the user’s password. Removed in OAuth 2.1; here because 2.4 had it.',
      command: `curl ${withPassword}`,
    },
    {
      id: 'authorization-code',
      title: 'Authorization code with PKCE',
      text: 'The browser gets a code for its user, and the client exchanges it for tokens.',
      browse: `${issuer}/oauth/authorize?${authorization.toString()}`,
      command: [
        'curl -d grant_type=authorization_code',
        data({ client_id: publicClientId, redirect_uri: redirectUri, code_verifier: verifier }),
        `-d code="$(printf 'Address: ' >&2; read -r address; printf %s "$address" | ${pick(/[?&]code=([^&]*)/)})"`,
        tokenEndpoint,
      ].join(' '),
    },
    {
      id: 'device',
      title: 'Device code',
      text: 'A device without a browser gets a code, which its user enters on this provider.',
      steps: [
        'Paste the command below into a shell. It prints a URL with a code.',
        'Open the URL, sign in, compare the code, and allow the access.',
        'Press Enter in the shell. A device would ask every five seconds instead.',
      ],
      command: [
        `curl -d grant_type=${deviceCode}`,
        data({ client_id: deviceClientId }),
        `-d device_code="$(${deviceCodeOf(issuer, deviceClientId, scopes)})"`,
        tokenEndpoint,
      ].join(' '),
    },
    {
      id: 'refresh',
      title: 'Refresh',
      text: 'Exchanges a refresh token for new tokens. The command gets one first.',
      command: `curl ${secret} -d grant_type=refresh_token -d refresh_token="$(curl -s ${withPassword} | ${member('refresh_token')})" ${tokenEndpoint}`,
    },
  ]
  const accessToken = `"$(curl -s ${withPassword} | ${member('access_token')})"`
  examples.push(
    {
      id: 'introspect',
      title: 'Introspection',
      text: 'What a resource server sees of an access token. The command gets one first.',
      command: `curl ${secret} -d token=${accessToken} ${quoted(`${issuer}/oauth/introspect`)}`,
    },
    {
      id: 'revoke',
      title: 'Revocation',
      text: 'Makes the token invalid. The answer is empty, even for an unknown token.',
      command: `curl ${secret} -d token=${accessToken} ${quoted(`${issuer}/oauth/revoke`)}`,
    },
    {
      id: 'metadata',
      title: 'Metadata',
      text: 'The features of this server, for clients that configure themselves.',
      command: `curl ${quoted(`${issuer}/.well-known/oauth-authorization-server`)}`,
    },
  )
  if (scopes.includes('profile')) {
    examples.push({
      id: 'me',
      title: 'The protected resource',
      text: 'Returns the user of the token. Needs the scope profile.',
      command: `curl -H "Authorization: Bearer "${accessToken} ${quoted(`${issuer}/api/me`)}`,
    })
  }
  return examples
}

/** Returns curl options with which the confidential client authenticates (RFC 6749 2.3.1). */
function authentication({ clientId, clientSecret, clientAuthMethod }: Demo): string {
  return clientAuthMethod === 'client_secret_post'
    ? data({ client_id: clientId, client_secret: clientSecret })
    : `-u ${quoted(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)}`
}

/** Returns curl options for form fields, URL-encoded if necessary. */
function data(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      const option = /^[\w.~-]*$/.test(value) ? '-d' : '--data-urlencode'
      return `${option} ${quoted(`${name}=${value}`)}`
    })
    .join(' ')
}

/** Returns a command that starts a device, shows where to allow it, and then prints its code. */
function deviceCodeOf(issuer: string, clientId: string, scopes: string[]): string {
  const endpoint = quoted(`${issuer}/oauth/device_authorization`)
  const start = `curl -s ${data({ client_id: clientId, scope: scopes.join(' ') })} ${endpoint}`
  const print = `printf '%s\\n' "$answer" |`
  return [
    `answer="$(${start})"`,
    `${print} ${member('verification_uri_complete')} >&2`,
    `printf 'Allow it there, then press Enter: ' >&2`,
    'read -r line',
    `${print} ${member('device_code')}`,
  ].join('; ')
}

function member(name: string): string {
  return pick(new RegExp(`"${name}":"([^"]*)"`))
}

/** Returns a sed command that prints the group of the pattern. */
function pick({ source }: RegExp): string {
  return `sed -E ${quoted(`s/.*${source}.*/\\1/`)}`
}

/** Quotes a text as one word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
