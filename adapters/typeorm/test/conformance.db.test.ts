import path from 'node:path'
import { describeOtherDatabase } from '../../../test/support/conformance'
import { growthCases } from '../../../test/support/growth'
import { mysqlDialect } from '../../../test/support/mysql-server'
import { create, fileVariable } from './support/create'
import { describeEngines } from './support/data-source'
import { raw } from './support/raw'

const typescript = path.resolve(__dirname, '../../../test/support/typescript.cjs')

describeEngines((place) => {
  beforeAll(() => {
    process.env[fileVariable] = place.url
  })

  // @oauth2-kit/sql runs the whole suite on the same statements.
  describeOtherDatabase({
    name: `typeormStore on ${place.type}`,
    except: growthCases,
    // A file has no connection that a proxy could interrupt.
    url: place.type === 'better-sqlite3' ? null : () => place.url,
    create: (context) => create({ ...context, url: context.url ?? place.url }),
    raw,
    // mysql2 sets no limit to the wait for a connection.
    deadline: place.type === mysqlDialect ? null : 20_000,
    processes: {
      module: path.join(__dirname, 'support/create.ts'),
      execArgv: ['--require', typescript],
    },
  })
})
