import path from 'node:path'
import { describeConformance } from '@oauth2-kit/conformance'
import { growthCases } from '../../../test/support/growth'
import { create, urlVariable } from './support/create'
import { describeEngines } from './support/engines'
import { raw } from './support/raw'

describeEngines((place) => {
  beforeAll(() => {
    process.env[urlVariable] = place.url
  })

  describeConformance({
    name: `prismaStore on ${place.provider}`,
    except: growthCases,
    // A file has no connection that a proxy could interrupt.
    url: place.provider === 'sqlite' ? null : () => place.url,
    // A call that times out after four seconds is tried once more.
    deadline: 30_000,
    create,
    raw,
    processes: {
      module: path.join(__dirname, 'support/create.ts'),
      execArgv: ['--require', path.resolve(__dirname, '../../../test/support/typescript.cjs')],
    },
  })
})
