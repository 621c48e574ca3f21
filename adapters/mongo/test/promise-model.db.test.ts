import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { describePromiseModel } from '../../../test/support/promise/on-store'
import { create } from './support/conformance-module'
import { startTimeout } from './support/opened'

for (const name of ['mongodb', 'mongodb-replica'] as const) {
  describeDatabase(name, (database) => {
    let mine: Isolated
    beforeAll(async () => {
      mine = await database.isolated()
    }, startTimeout)
    afterAll(() => mine?.drop())

    describePromiseModel({
      create,
      url: () => mine.url,
      module: require.resolve('./support/conformance-module.ts'),
    })
  })
}
