/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** A database's URL in parts; `URL` refuses those that list several hosts. */
export interface DatabaseUrl {
  readonly scheme: string
  /** As they stand in the URL: `name:password`, or nothing. */
  readonly credentials: string
  readonly hosts: readonly Address[]
  /** The path without its slash; empty where there is none. */
  readonly database: string
  /** What follows the question mark, as it stands there: `name=value` each. */
  readonly options: readonly string[]
}

/** The port of each kind of server whose URL doesn't say. */
const defaultPorts: Readonly<Record<string, number>> = {
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  mongodb: 27017,
  redis: 6379,
  'redis+cluster': 6379,
}

/** Takes a URL apart; a TypeError says what is wrong with it. */
export function parseUrl(url: string): DatabaseUrl {
  const [, scheme = '', credentials = '', hosts = '', database = '', options = ''] =
    /^([a-z+]+):\/\/(?:([^@/]*)@)?([^/?]+)\/?([^?]*)\??(.*)$/s.exec(url) ?? []
  const defaultPort = defaultPorts[scheme]
  return {
    scheme,
    credentials,
    hosts: hosts.split(',').map((host) => parseHost(host, defaultPort)),
    database,
    options: options.split('&').filter(Boolean),
  }
}

/** The URL that has these parts. */
export function formatUrl({ scheme, credentials, hosts, database, options }: DatabaseUrl): string {
  const account = credentials && `${credentials}@`
  const path = database || options.length > 0 ? `/${database}` : ''
  const query = options.length > 0 ? `?${options.join('&')}` : ''
  return `${scheme}://${account}${hosts.map(formatHost).join(',')}${path}${query}`
}

/** `host:port`, as clusters announce their nodes. */
export function formatHost({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The options with these in the place of others of the same names. */
export function withOptions(
  options: readonly string[],
  more: Readonly<Record<string, string | number | boolean>>,
): string[] {
  const kept = options.filter((option) => !((option.split('=')[0] ?? '') in more))
  return [...kept, ...Object.entries(more).map(([name, value]) => `${name}=${value}`)]
}

function parseHost(text: string, defaultPort: number | undefined): Address {
  const [, host = '', port = defaultPort] = /^(.*?)(?::(\d+))?$/.exec(text) ?? []
  if (host === '' || port === undefined) {
    const known = Object.keys(defaultPorts).join(', ')
    throw new TypeError(`"url" must name a host and its port, or start with one of ${known}://`)
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
