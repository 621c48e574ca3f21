'use strict'
const { describeConformance } = require('@oauth2-kit/conformance')
const options = require('./options.cjs')

describeConformance(options())
describeConformance({ ...options(), name: 'without hooks', only: 'budget.growth' })
