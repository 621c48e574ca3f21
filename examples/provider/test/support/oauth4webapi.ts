import { transformFileSync } from '@swc/core'
import type * as library from 'oauth4webapi'

type OAuth4webapi = typeof library

/** The library oauth4webapi: an ES module, which Jest can't load on Node 20, as CommonJS. */
export const oauth4webapi = load()

function load(): OAuth4webapi {
  const { code } = transformFileSync(require.resolve('oauth4webapi'), {
    module: { type: 'commonjs' },
  })
  const loaded = {}
  // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- see above
  new Function('exports', code)(loaded)
  return loaded as OAuth4webapi
}
