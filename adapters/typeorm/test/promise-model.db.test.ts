import { describePromiseModel } from '../../../test/support/promise/on-store'
import { create, fileVariable } from './support/create'
import { describeEngines } from './support/data-source'

describeEngines((place) => {
  beforeAll(() => {
    process.env[fileVariable] = place.url
  })

  describePromiseModel({
    create,
    url: () => place.url,
    module: require.resolve('./support/create.ts'),
  })
})
