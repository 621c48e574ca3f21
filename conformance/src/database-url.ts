/** The address that a server listens on. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The parts of a database's URL. `URL` can't parse those that list several hosts. */
export interface DatabaseUrl {
  readonly scheme: string
  /** `name:password` as in the URL, or an empty string. */
  readonly credentials: string
  readonly hosts: readonly Address[]
  /** The path without its leading slash, or an empty string. */
  readonly database: string
  /** The query as in the URL, one `name=value` per entry. */
  readonly options: readonly string[]
}

/** The default port for each scheme, if the URL has none. */
const defaultPorts: Readonly<Record<string, number>> = {
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  mongodb: 27017,
  redis: 6379,
  'redis+cluster': 6379,
}

/** Parses a URL. Throws a TypeError that says what is wrong with it. */
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

/** Returns the URL with these parts. */
export function formatUrl({ scheme, credentials, hosts, database, options }: DatabaseUrl): string {
  const account = credentials && `${credentials}@`
  const path = database || options.length > 0 ? `/${database}` : ''
  const query = options.length > 0 ? `?${options.join('&')}` : ''
  return `${scheme}://${account}${hosts.map(formatHost).join(',')}${path}${query}`
}

/** Returns `host:port`, the form in which clusters announce their nodes. */
export function formatHost({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Returns the options with `more` in place of those with the same names. */
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
