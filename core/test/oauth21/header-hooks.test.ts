import { type ServerResponse, createServer } from 'node:http'
import oauthserver, { type Options } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import request from 'supertest'
import { untilSettled } from '../support/unhandled'

const thrown = new Error('A hook on the headers')
const issuer = 'https://auth.example'
const pages = { authenticate: () => null, consent: () => null }

type Server = ReturnType<typeof oauthserver>
type Serve = ReturnType<Server['listener']>

describe.each<Options['profile']>(['oauth2.1', 'v2'])(
  'F20: a header method that throws, on node:http with %s',
  (profile) => {
    const cors = { cors: true, ...pages } as const
    const ways: [string, string, (oauth: Server) => Serve][] = [
      ['authorise()', '/', (oauth) => oauth.authorise() as Serve],
      ['grant()', '/', (oauth) => oauth.grant() as Serve],
      ['authCodeGrant()', '/', (oauth) => oauth.authCodeGrant(pages) as Serve],
      ['listener()', '/oauth/token', (oauth) => oauth.listener(cors)],
      [
        'listener() at an unknown path',
        '/none',
        (oauth) => {
          const listener = oauth.listener(cors)
          return (message, response) => listener(message, response)
        },
      ],
      ['metadata()', '/', (oauth) => oauth.metadata({ cors: true }) as Serve],
    ]

    it.each(ways)('%s ends the request, but not the process', async (_what, path, make) => {
      for (const name of ['writeHead', 'setHeader', 'appendHeader'] as const) {
        const oauth = oauthserver({ model: memoryStore(), issuer, profile, grants })
        const serve = make(oauth)
        const escaped: unknown[] = []
        const server = createServer((message, response) => {
          Object.assign(response, {
            [name]: () => {
              throw thrown
            },
          })
          try {
            serve(message, response, (error) => end(response, error))
          } catch (error) {
            escaped.push(error)
            response.destroy()
          }
        })
        const outcome = await request(server)
          .post(path)
          .then(
            () => 'an answer',
            ({ code }: { code: string }) => code,
          )
        expect(['an answer', 'ECONNRESET']).toContain(outcome)
        await untilSettled()
        expect(escaped).toEqual([])
      }
    })
  },
)

const grants = ['authorization_code']

function end(response: ServerResponse, error: unknown): void {
  response.statusCode = error ? 500 : 200
  response.end()
}
