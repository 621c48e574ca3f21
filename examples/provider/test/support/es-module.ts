import { transformFileSync } from '@swc/core'
import { createRequire } from 'node:module'

const loaded = new Map<string, object>()

/**
 * Loads an ES module as CommonJS, because Jest can't load ES modules on Node 20. Its imports are
 * loaded in the same way, so that they share their error classes.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows the type
export function esModule<T>(name: string, from = __filename): T {
  const resolve = createRequire(from).resolve
  const file = resolve(name)
  const known = loaded.get(file)
  if (known) return known as T
  const exported = {}
  loaded.set(file, exported)
  const { code } = transformFileSync(file, { module: { type: 'commonjs' } })
  // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- see above
  new Function('exports', 'require', code)(exported, (other: string) => esModule(other, file))
  return exported as T
}
