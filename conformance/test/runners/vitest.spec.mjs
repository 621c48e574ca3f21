import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, it } from 'vitest'

// By Node's own require, which the test's hook has taught to load the sources.
const require = createRequire(import.meta.url)
const { describeConformance } = require('@oauth2-kit/conformance')
const options = require('./options.cjs')

const runner = { describe, it, beforeAll, afterAll }
describeConformance(options(), runner)
describeConformance({ ...options(), name: 'without hooks', only: 'budget.growth' }, runner)
