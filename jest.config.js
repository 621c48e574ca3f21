/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/**/test/**/*.test.ts', '<rootDir>/test/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  // Tests run on the sources, so that they need no build and coverage speaks of what was written.
  moduleNameMapper: {
    '^@oauth2-kit/core$': '<rootDir>/core/src/index.ts',
    '^@oauth2-kit/memory$': '<rootDir>/adapters/memory/src/index.ts',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  reporters: ['default', '<rootDir>/scripts/count-reporter.js'],
}
