import path from 'node:path'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { MongoClient } from 'mongodb'
import { describeStore } from '../../../../test/support/conformance'
import { growthCases } from '../../../../test/support/growth'
import { create, hooksOn } from './conformance-module'
import { startTimeout } from './opened'

/** Runs the conformance suite on one kind of server. Each has a file of its own, because it takes long. */
export function conformanceOn(name: 'mongodb' | 'mongodb-replica'): void {
  describeDatabase(name, (database) => {
    let mine: Isolated
    let client: MongoClient

    beforeAll(async () => {
      mine = await database.isolated()
      client = new MongoClient(mine.url)
    }, startTimeout)

    afterAll(async () => {
      await client?.close()
      await mine?.drop()
    })

    describeStore({
      name: `mongoStore on ${name}`,
      create,
      url: () => mine.url,
      except: growthCases,
      // The driver tries again, and again to connect.
      deadline: 40_000,
      raw: hooksOn(() => client.db()),
      processes: {
        module: path.join(__dirname, 'conformance-module.ts'),
        execArgv: ['--require', path.join(__dirname, '../../../../test/support/typescript.cjs')],
      },
    })
  })
}
