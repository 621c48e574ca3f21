/**
 * A section of the report: benchmarks that belong together. Those that were not run are omitted.
 */
export interface Section {
  heading: string
  text: string
  benchmarks: readonly string[]
  /** The picture above the tables; undefined means none. */
  picture?: { file: string; kind: 'bars' | 'lines'; alt: string }
}

/** The clients of the SQL store. */
const clients = [
  'pg',
  'postgres',
  'mysql2',
  'mariadb',
  'better-sqlite3',
  'libsql',
  'drizzle',
  'kysely',
  'knex',
]

const names = ['authorise', 'client-credentials', 'refresh']

/** The sections of the report, in order. */
export const sections: readonly Section[] = [
  {
    heading: 'End to end on real databases',
    text: `Whole servers on \`node:http\`, each with a database of its own. A model of
\`@node-oauth/oauth2-server\` is measured twice: as its documentation shows (docs), and with the fewest
statements that are possible (lean). Both keep tokens in the clear, and neither detects a replay.
\`oidc-provider\` runs on an adapter that does what its sample for Redis does. All servers are measured in turns:
200 or 500 requests a turn over 16 connections, up to ten connections to the database, refresh tokens of 200
grants.
The CPU time of the database is that of all threads in its container. PostgreSQL has prepared statements in all
servers but one. "oauth2-kit before" is an older version of it. MongoDB acknowledges each write of every server
when a majority has it in the journal.

Then 50 callers send the same code, or the same refresh token, at the same time. A server that is safe gives
tokens to one of them. oauth2-kit and \`oidc-provider\` rotate refresh tokens, and remember those that were used.`,
    benchmarks: ['postgres', 'mongodb', 'redis'].map((name) => `end-to-end-${name}`),
  },
  {
    heading: 'Bytes of a grant at rest',
    text: `What a grant takes after its code and four refresh tokens were redeemed: at once, and after the time in
which a client may repeat its last refresh has passed and everything that is due has been removed.`,
    benchmarks: ['at-rest'],
  },
  {
    heading: 'Over HTTP on Express 5',
    text: `What a library adds to a route, compared with \`oauth2-server\` 2.4.1. The peers need
\`express.urlencoded()\` to parse forms, which counts as their cost; oauth2-kit parses a form itself, and
is also measured behind the parser.

The bearer check of oauth2-kit has a negative cost. Express changes the prototype of each request and
response, and up to Node 22 V8 is slow with such objects. oauth2-kit converts them to a form that V8 is
fast with before it does its own work, which makes the rest of the route faster. The cost of the check
itself is what it adds on node:http.`,
    benchmarks: names.map((name) => `http-${name}`),
    picture: {
      file: 'performance-express.svg',
      kind: 'bars',
      alt: 'What each library adds to a route of Express 5, in CPU microseconds a request',
    },
  },
  {
    heading: 'Over HTTP on node:http',
    text: `The same without Express, compared with the peer that adds the least. \`oidc-provider\` includes its own
framework, which counts as its cost, because it can't run without it.`,
    benchmarks: names.map((name) => `node-${name}`),
    picture: {
      file: 'performance-node.svg',
      kind: 'bars',
      alt: 'What each library adds to a listener of node:http, in CPU microseconds a request',
    },
  },
  {
    heading: 'createServer(app)',
    text: `The same Express app behind \`app.listen()\` and behind the \`createServer\` of oauth2-kit. In between:
behind \`app.listen()\`, with the conversion by \`shareClasses()\` that every middleware of oauth2-kit starts
with.`,
    benchmarks: ['create-server'],
  },
  {
    heading: 'Tricks for speed',
    text: `Some code of oauth2-kit is there only because it is faster than plainer code. Here each such trick is
compared with the plain code, each in its own process, which is restarted several times. A trick that saves
nothing on Node.js 22 and 24 is removed together with the support of Node.js 20. \`createServer()\` and
\`shareClasses()\` are in the section above, because they are measured over HTTP.`,
    benchmarks: ['tricks'],
  },
  {
    heading: 'In process',
    text: 'Without a network: only the work of the library, called with the minimum that it reads of a request.',
    benchmarks: ['authorise', 'client-credentials', 'code', 'refresh'],
  },
  {
    heading: 'Signed access tokens',
    text: `Access tokens as JWTs that are signed with ES256, compared with \`jose\` alone in the same set-up. For the
grant, the figures are what a signed token costs more than an opaque one: the bare route is the same token
endpoint with opaque tokens, and \`jose\` signs before that endpoint answers. The bearer check is
\`authorise({ verify: 'signature' })\`, and for \`jose\` its \`jwtVerify()\` with a key object.`,
    benchmarks: ['signed-authorise', 'signed-client-credentials'].flatMap((name) => [
      name,
      `node-${name}`,
    ]),
  },
  {
    heading: 'Growth',
    text: `The same calls of a store with a thousand live grants and with more and more of them, each with an
access and a refresh token. Stores of all sizes are measured in turns. The times are those that a client
waits, and the columns with × compare them with those of the smallest store.`,
    benchmarks: ['memory', 'redis', 'mongo', 'typeorm-postgres', 'typeorm-mariadb', 'prisma'].map(
      (name) => `growth-${name}`,
    ),
    picture: {
      file: 'performance-growth.svg',
      kind: 'lines',
      alt: 'What calls of each store take with more and more live grants',
    },
  },
  {
    heading: 'The SQL store on each client',
    text: `What a call takes, compared with what a program would send by hand with the same client. For
\`redeem\` that is a plain INSERT of the new tokens: it checks neither the grant nor the token that is redeemed.
The store reads and locks both in the same statement. MariaDB and MySQL copy the rows of such a statement into a
temporary table first, and PostgreSQL plans it again for each call of a client that does not prepare statements
(Kysely, Knex).`,
    benchmarks: clients.map((name) => `sql-${name}`),
  },
  {
    heading: 'Stores compared with their drivers',
    text: 'What a call takes, compared with the minimum that a program could send by hand for the same purpose.',
    benchmarks: ['typeorm-postgres', 'typeorm-mariadb', 'prisma', 'mongo', 'redis'],
  },
  {
    heading: 'Memory',
    text: 'The memory of a million live access tokens in the memory store.',
    benchmarks: ['memory'],
  },
]
