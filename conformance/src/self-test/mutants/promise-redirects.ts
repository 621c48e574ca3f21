import type { Mutant } from '../mutant'
import { replacing } from '../promise-answers'

interface Registered {
  redirectUris: string[]
}

function hostOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).host : ''
}

/** Ways to compare a redirect URI with the registered ones that accept a wrong one. */
const looseUris: readonly [does: string, isSame: (uri: string, registered: string) => boolean][] = [
  ['accepts every URI', () => true],
  ['accepts no URI', () => false],
  ['compares the start of the URI', (uri, registered) => uri.startsWith(registered)],
  ['searches a registered URI in the URI', (uri, registered) => uri.includes(registered)],
  ['accepts the start of a registered URI', (uri, registered) => registered.startsWith(uri)],
  ['compares the host', (uri, registered) => hostOf(uri) === hostOf(registered)],
  ['ignores the fragment', (uri, registered) => uri.split('#')[0] === registered.split('#')[0]],
  [
    'compares the start of the host',
    (uri, registered) => hostOf(uri).startsWith(hostOf(registered)) && hostOf(uri) !== '',
  ],
]

/** Mutants of the redirect URIs of a promise model. */
export const promiseRedirectMutants: readonly Mutant[] = [
  ...looseUris.map(([does, isSame]): Mutant => ({
    name: `validateRedirectUri() of a promise model ${does}`,
    caughtBy: 'client.redirect-uri',
    promiseModel: replacing(() => ({
      validateRedirectUri: async (uri: string, { redirectUris }: Registered) =>
        redirectUris.some((registered) => isSame(uri, registered)),
    })),
  })),
  {
    name: 'validateRedirectUri() of a promise model accepts the URIs of every client',
    caughtBy: 'client.redirect-uri',
    promiseModel: replacing(({ entries }) => ({
      validateRedirectUri: async (uri: string) =>
        [...entries].some(
          ([key, text]) => key.startsWith('client:') && text.includes(JSON.stringify(uri)),
        ),
    })),
  },
]
