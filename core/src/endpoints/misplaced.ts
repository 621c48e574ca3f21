import type { Settings } from '../options/settings'
import { parsedUrl } from '../values/parsed-url'

/** Notices, once for each kind, requests that show a wrong mount path, proxy or issuer. */
export interface PlaceWatch {
  /** A request for this full path matched no endpoint. */
  missed(path: string): void
  /** A request for an endpoint had this host, such as `auth.example.com:8443`. */
  served(host: string | undefined): void
  /** A request reached the router below this path, such as `/auth`. */
  mounted(at: string): void
}

const code = 'OAUTH2_KIT_ISSUER'
const wellKnown = '/.well-known/'

interface State {
  /** What the server has warned about: its routes may be built again for each request. */
  missed: boolean
  differed: boolean
  unadvertised: boolean
  /** The paths in the metadata that the application serves by itself, by the name of the endpoint. */
  advertised?: ReadonlyMap<string, string>
}

const states = new WeakMap<Settings, State>()

function stateOf(settings: Settings): State {
  const silent = !settings.warns
  const state = states.get(settings) ?? { missed: silent, differed: silent, unadvertised: silent }
  states.set(settings, state)
  return state
}

/** Remembers that the application serves the metadata with these paths of the endpoints. */
export function advertise(settings: Settings, paths: ReadonlyMap<string, string>): void {
  stateOf(settings).advertised = paths
}

/** Returns the path of an endpoint in the metadata that the application serves by itself. */
export function advertisedPath(settings: Settings, name: string): string | undefined {
  return states.get(settings)?.advertised?.get(name)
}

/**
 * Warns once if an endpoint that the application mounts by itself, such as `grant()`, is not at its
 * path in the metadata.
 */
export function checkPlace(
  settings: Settings,
  name: string,
  path: string,
  header: (name: string) => string | undefined,
): void {
  const state = stateOf(settings)
  const advertised = state.advertised?.get(name)
  if (state.unadvertised || advertised === undefined || advertised === path) return
  // A proxy may remove the first part of a path.
  const isProxied = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'].some(header)
  if (isProxied && advertised.endsWith(path)) return
  state.unadvertised = true
  process.emitWarning(
    `The endpoint "${name}" got a request at ${path}, but the metadata says ${advertised}: mount it ` +
      'there, or use router(), which serves both. The option "prefix" of metadata() changes the path',
    { code },
  )
}

/** Returns a watch that warns about requests that do not fit the issuer. */
export function placeWatch(settings: Settings, paths: Iterable<string>): PlaceWatch {
  const { issuer = '' } = settings
  const known = [...paths].map((path) => path.split('?', 1)[0]!)
  const { protocol, host: own } = new URL(issuer)
  const has = stateOf(settings)

  return {
    missed(path) {
      if (has.missed) return
      const problem = problemOf(path, known, issuer)
      if (problem === undefined) return
      has.missed = true
      process.emitWarning(`The request for ${path} reached no endpoint: ${problem}`, { code })
    },

    mounted(at) {
      if (has.missed || at === '') return
      const isReached = (path: string) => path.startsWith(`${at}/`)
      const isOwn = (path: string) => has.advertised !== undefined && path.startsWith(wellKnown)
      const lost = known.find((path) => !isReached(path) && !isOwn(path))
      if (lost === undefined) return
      has.missed = true
      process.emitWarning(
        `The router is mounted at ${at}, so a request for ${lost} does not reach it. Its paths start ` +
          `with the path of the issuer ${issuer}, and the metadata is at the root (RFC 8414 3): mount ` +
          'it without a path, as in app.use(oauth.router({ ... }))',
        { code },
      )
    },

    served(host) {
      if (has.differed || host === undefined || host === '') return
      if (host === own || hostIn(`${protocol}//${host}`) === own) return
      has.differed = true
      process.emitWarning(
        `A request for an endpoint came to the host ${JSON.stringify(host)}, but the issuer is ` +
          `${issuer}: clients compare the issuer with the URL that they use, so set it to the public ` +
          'URL. If a proxy changes the host, let it send X-Forwarded-Host',
        { code },
      )
    },
  }
}

/** Returns what is wrong if a path is that of an endpoint with a part too much or too little. */
function problemOf(path: string, known: readonly string[], issuer: string): string | undefined {
  // A client may send anything as its target.
  if (!/^(?:\/[\w.~%-]+)+$/.test(path)) return undefined
  const longer = known.find((one) => one !== path && path.endsWith(one))
  if (longer !== undefined) {
    const extra = path.slice(0, -longer.length)
    return (
      `the issuer ${issuer} does not have the path ${extra}. Mount the router without a path, or add ` +
      `${extra} to the issuer`
    )
  }
  // The path of metadata ends with that of the resource or issuer, which may have pages of its own.
  const isLost = (one: string) => !one.startsWith(wellKnown) || path.startsWith(wellKnown)
  const shorter = known.find((one) => one !== path && one.endsWith(path) && isLost(one))
  if (shorter === undefined) return undefined
  return (
    `the endpoint is ${shorter}, because the issuer is ${issuer}. A proxy must not remove the path ` +
    'of the issuer'
  )
}

/** Returns the host of a URL, without the default port of its scheme. */
function hostIn(url: string): string | undefined {
  return parsedUrl(url)?.host
}

/** Returns the host that a request was sent to, as a proxy or the client says. */
export function hostOf(header: (name: string) => string | undefined): string | undefined {
  return header('x-forwarded-host')?.split(',', 1)[0]?.trim() ?? header('host')
}
