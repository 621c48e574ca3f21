'use strict'
const { moduleNameMapper, transform } = require('../../../jest.config.js')

module.exports = {
  rootDir: '../../..',
  testMatch: ['<rootDir>/conformance/test/runners/mocha.cjs'],
  modulePathIgnorePatterns: ['/dist/'],
  moduleNameMapper,
  transform,
}
