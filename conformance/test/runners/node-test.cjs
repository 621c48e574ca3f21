'use strict'
const { after, before, describe, it } = require('node:test')
const { describeConformance } = require('@oauth2-kit/conformance')
const options = require('./options.cjs')

const runner = { describe, it, beforeAll: before, afterAll: after }
describeConformance(options(), runner)
describeConformance({ ...options(), name: 'without hooks', only: 'budget.growth' }, runner)
