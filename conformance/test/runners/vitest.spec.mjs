import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, it } from 'vitest'

// Uses Node's own require, because the hook of the test lets it load the TypeScript sources.
const require = createRequire(import.meta.url)
const { describeConformance } = require('@oauth2-kit/conformance')
const options = require('./options.cjs')

const runner = { describe, it, beforeAll, afterAll }
describeConformance(options(), runner)
describeConformance({ ...options(), name: 'without hooks', only: 'budget.growth' }, runner)
