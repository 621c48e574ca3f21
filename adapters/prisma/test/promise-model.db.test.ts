import { describePromiseModel } from '../../../test/support/promise/on-store'
import { create, urlVariable } from './support/create'
import { describeEngines } from './support/engines'

describeEngines((place) => {
  beforeAll(() => {
    process.env[urlVariable] = place.url
  })

  describePromiseModel({ create, module: require.resolve('./support/create.ts') })
})
