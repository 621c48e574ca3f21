/** A part of the report: benchmarks that belong together, as far as they were run. */
export interface Section {
  heading: string
  text: string
  benchmarks: readonly string[]
  /** The name of the picture beside the tables, if there is one. */
  picture?: { file: string; kind: 'bars' | 'lines'; alt: string }
}

const names = ['authorise', 'client-credentials', 'refresh']

/** The parts of the report, in their order. */
export const sections: readonly Section[] = [
  {
    heading: 'Over HTTP on Express 5',
    text: `What a library adds to a route, beside \`oauth2-server\` 2.4.1. The peers parse forms by
\`express.urlencoded()\`, which counts as theirs; oauth2-kit reads a form itself, and is shown behind
the parser as well.

The bearer check of oauth2-kit adds less than nothing: up to Node 22 V8 is slow with objects whose
prototype was changed, as Express does with each request and response, and oauth2-kit turns them into
what V8 is quick with before it does its own work. That makes all of the route behind it quicker. What
the check itself takes is what it adds on node:http.`,
    benchmarks: names.map((name) => `http-${name}`),
    picture: {
      file: 'performance-express.svg',
      kind: 'bars',
      alt: 'What each library adds to a route of Express 5, in CPU microseconds a request',
    },
  },
  {
    heading: 'Over HTTP on node:http',
    text: `The same without Express, beside the peer that adds least. \`oidc-provider\` brings its own
framework, which counts as its own: it cannot be had without.`,
    benchmarks: names.map((name) => `node-${name}`),
    picture: {
      file: 'performance-node.svg',
      kind: 'bars',
      alt: 'What each library adds to a listener of node:http, in CPU microseconds a request',
    },
  },
  {
    heading: 'createServer(app)',
    text: 'The same Express app behind `app.listen()` and behind the `createServer` of oauth2-kit.',
    benchmarks: ['create-server'],
  },
  {
    heading: 'In process',
    text: 'Without a network: what the library does itself, called with the least that it reads of a request.',
    benchmarks: ['authorise', 'client-credentials', 'code', 'refresh'],
  },
  {
    heading: 'Growth',
    text: `The same calls of a store among a thousand live grants and among ever more, each with an access
and a refresh token. Stores of all sizes are asked in turns; the times are those of a client that waits,
and the columns with × compare them with those among the fewest.`,
    benchmarks: ['memory', 'redis', 'mongo', 'typeorm-postgres', 'typeorm-mariadb', 'prisma'].map(
      (name) => `growth-${name}`,
    ),
    picture: {
      file: 'performance-growth.svg',
      kind: 'lines',
      alt: 'What calls of each store take among more and more live grants',
    },
  },
  {
    heading: 'Stores beside their drivers',
    text: 'What a call takes beside the least that a program could send by hand for the same end.',
    benchmarks: ['typeorm-postgres', 'typeorm-mariadb', 'prisma', 'mongo', 'redis'],
  },
  {
    heading: 'Memory',
    text: 'What a million live access tokens take in the memory store.',
    benchmarks: ['memory'],
  },
]
