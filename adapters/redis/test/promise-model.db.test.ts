import { describePromiseModel } from '../../../test/support/promise/on-store'
import { onServers } from './support/on-servers'
import { create, variables } from './support/create'

onServers((place) => {
  beforeAll(() => {
    process.env[variables.url] = place.url
    process.env[variables.prefix] = place.prefix
  })

  describePromiseModel({ create, module: require.resolve('./support/create.ts') })
})
