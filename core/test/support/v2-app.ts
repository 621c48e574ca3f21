import oauthserver, { type Check, type Model, type ModelOptions } from '@oauth2-kit/core'
import type { ErrorRequestHandler } from 'express'
import request, { type Response } from 'supertest'
import type { App, expresses } from './express'
import { type RecordingModel, recordingModel } from './model'

type Express = (typeof expresses)[number]['express']

/** An app as written for the 2.4 line, with a model that records its calls. */
export interface V2App extends RecordingModel {
  app: App
  oauth: ReturnType<typeof oauthserver>
  /** The errors that `errorHandler()` passed on. */
  passed: unknown[]
  /** The client's credentials, as they go into a form. */
  credentials: { client_id: string; client_secret: string }
}

/** How an app differs from the default: functions of its model, options, its check. */
export interface Differences extends Partial<Omit<ModelOptions, 'model'>> {
  model?: Model
  check?: Check
}

const grants = ['authorization_code', 'password', 'refresh_token', 'client_credentials']

/** The app, with `/oauth/token`, `/oauth/authorize` and, behind `authorise()`, `/`. */
export function v2App(express: Express, differences: Differences = {}): V2App {
  const { model: replaced, check, ...options } = differences
  const recording = recordingModel(replaced)
  const { model, client, user } = recording
  const oauth = oauthserver({ model, grants, ...options })
  const allow: Check = (_request, next) => next(null, true, user)
  const passed: unknown[] = []

  const app = express()
  app.use(express.urlencoded({ extended: true }), express.json())
  app.all('/oauth/token', oauth.grant())
  app.all('/oauth/authorize', oauth.authCodeGrant(check ?? allow))
  app.all('/', oauth.authorise(), (req, res) => {
    res.json({ user: req.user, bearerToken: req.oauth?.bearerToken })
  })
  app.use(oauth.errorHandler())
  const passOn: ErrorRequestHandler = (error, _req, res, _next) => {
    passed.push(error)
    res.status(500).send('passed on')
  }
  app.use(passOn)
  const credentials = { client_id: client.clientId, client_secret: client.clientSecret }
  return { ...recording, app, oauth, passed, credentials }
}

/** Posts a form to the token endpoint. */
export function askForToken(app: App, form: object | string) {
  return request(app).post('/oauth/token').type('form').send(form)
}

/** The parts of a response that the tests compare. */
export function seen({ status, body, headers }: Response) {
  const names = ['cache-control', 'pragma', 'www-authenticate', 'location']
  return {
    status,
    body: body as unknown,
    headers: Object.fromEntries(
      names.flatMap((name) => (name in headers ? [[name, headers[name] as string]] : [])),
    ),
  }
}

/** The expected error response, with all compared headers. */
export function refusal(code: number, error: string, description = error): ReturnType<typeof seen> {
  return {
    status: code,
    body: { code, error, error_description: description },
    headers: {
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...(error === 'invalid_client' && { 'www-authenticate': 'Basic realm="Service"' }),
    },
  }
}
