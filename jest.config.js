const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      // The decorators of NestJS, in examples/frameworks.
      transform: { legacyDecorator: true },
      target: 'es2023',
    },
    module: { type: 'commonjs' },
  },
]
// The one file of MongoDB's driver with a dynamic import, which Jest refuses in CommonJS.
const dynamicImport = 'mongodb/lib/runtime_adapters\\.js$'
// ES modules, which Jest cannot import into CommonJS.
const esModule = '(?:jose/dist|postgres/src)/.*\\.js$'

// What is slow, and what few changes can break: `npm run test:all` runs it.
const slow = [
  // The conformance suite on more databases of a store. Other tests of the store run on all of them.
  'adapters/mongo/test/conformance\\.mongodb-replica\\.',
  'adapters/prisma/test/conformance\\.mariadb\\.',
  // The suite on older releases of the drivers.
  'test/old-majors\\.',
  // The promise models on more stores. Their code is the same on each of them; the tests of the memory and
  // the Redis store run them, and the suite proves what they call.
  'adapters/(?:mongo|prisma|typeorm)/test/promise-model\\.',
  // A thousand rotations of one grant. The tests of the memory and the Redis store have such, too.
  'adapters/(?:prisma|typeorm)/test/growth\\.',
  // The suite on more clients of a database. What differs between clients, `adapters/sql/test/` tests too.
  'adapters/sql/test/bindings/(?:drizzle|knex|kysely|libsql-server|postgres3?)\\.',
  // The example provider on more stores. Only which store it opens differs.
  'examples/provider/test/(?:mongo\\.db|prisma|typeorm\\.db)\\.',
  'examples/mcp/test/mcp\\.db\\.',
  'examples/stacks/test/stacks\\.',
  // What `oauth2-kit init` writes for each store, and a store of one's own. The tests of the command check
  // each file, and one project is built, tested and run each time.
  'cli/test/(?:written-provider\\.db|init-store)\\.',
  // Bundles of the packages. What goes into them changes with the packages themselves only.
  'test/bundlers\\.',
  // The containers that a written project describes for its databases, started one after another.
  'cli/test/compose\\.',
  // What only a change of the suite itself can break.
  'conformance/test/(?:certainty|operators|hostile-stores|model-(?:causes|texts)|self-test\\.(?:direct|models|promise-models|served)|wire/wire)\\.',
]
const leftOut = process.env.OAUTH2_TEST_ALL === undefined ? slow : []

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // No bound on how long anything takes: a machine may be busy, and a password is hashed slowly.
  testTimeout: 600_000,
  // Much of the time is a database's: one worker for each core, and three at least. A fourth on two
  // cores makes every test slower, and the run not shorter.
  maxWorkers: Math.max(3, require('node:os').availableParallelism()),
  testMatch: ['<rootDir>/**/test/**/*.test.ts', '<rootDir>/test/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/templates/', ...leftOut],
  modulePathIgnorePatterns: ['/dist/'],
  // Tests run on the sources, so that they need no build and coverage speaks of what was written.
  moduleNameMapper: {
    // The sources of the example provider name the files that they are compiled to.
    '^(\\.\\.?/.*)\\.js$': '$1',
    '^@oauth2-kit/core$': '<rootDir>/core/src/index.ts',
    '^@oauth2-kit/core/command$': '<rootDir>/core/src/command.ts',
    '^@oauth2-kit/core/store-kit$': '<rootDir>/core/src/store-kit/index.ts',
    '^@oauth2-kit/testing$': '<rootDir>/testing/src/index.ts',
    '^@oauth2-kit/limiter$': '<rootDir>/limiter/src/index.ts',
    '^@oauth2-kit/mcp$': '<rootDir>/mcp/src/index.ts',
    '^@oauth2-kit/memory$': '<rootDir>/adapters/memory/src/index.ts',
    '^@oauth2-kit/sql$': '<rootDir>/adapters/sql/src/index.ts',
    '^@oauth2-kit/sql/(.*)$': '<rootDir>/adapters/sql/src/bindings/$1.ts',
    '^@oauth2-kit/typeorm$': '<rootDir>/adapters/typeorm/src/index.ts',
    '^@oauth2-kit/prisma$': '<rootDir>/adapters/prisma/src/index.ts',
    '^@oauth2-kit/mongo$': '<rootDir>/adapters/mongo/src/index.ts',
    '^@oauth2-kit/redis$': '<rootDir>/adapters/redis/src/index.ts',
    '^@oauth2-kit/conformance$': '<rootDir>/conformance/src/index.ts',
    '^@oauth2-kit/conformance/databases$': '<rootDir>/conformance/src/databases/index.ts',
    '^@oauth2-kit/conformance/raw/(.*)$': '<rootDir>/conformance/src/raw/$1.ts',
  },
  transform: { '\\.ts$': swc, [dynamicImport]: swc, [esModule]: swc },
  transformIgnorePatterns: [`/node_modules/(?!${dynamicImport}|${esModule})`],
  testSequencer: '<rootDir>/scripts/jest/sequencer.js',
  globalSetup: '<rootDir>/scripts/jest/setup.js',
  globalTeardown: '<rootDir>/scripts/jest/teardown.js',
  reporters: ['default', '<rootDir>/scripts/count-reporter.js'],
}
