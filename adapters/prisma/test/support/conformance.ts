import path from 'node:path'
import { describeOtherDatabase, describeStore } from '../../../../test/support/conformance'
import { growthCases } from '../../../../test/support/growth'
import { create, urlVariable } from './create'
import { type Engine, describeEngines } from './engines'
import { raw } from './raw'

/** Runs the conformance suite on one engine. Each engine has a file of its own, because it takes long. */
export function conformanceOn(engine: Engine): void {
  describeEngines(
    (place) => {
      beforeAll(() => {
        process.env[urlVariable] = place.url
      })

      const describeSuite = engine === 'sqlite' ? describeStore : describeOtherDatabase
      describeSuite({
        name: `prismaStore on ${place.provider}`,
        except: growthCases,
        // A file has no connection that a proxy could interrupt.
        url: place.provider === 'sqlite' ? null : () => place.url,
        // A call that times out after four seconds is tried once more.
        deadline: 30_000,
        create,
        raw,
        processes: {
          module: path.join(__dirname, 'create.ts'),
          execArgv: [
            '--require',
            path.resolve(__dirname, '../../../../test/support/typescript.cjs'),
          ],
        },
      })
    },
    [engine],
  )
}
