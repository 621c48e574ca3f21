import { transformFileSync } from '@swc/core'
import { createRequire } from 'node:module'

const loaded = new Map<string, object>()

/**
 * A library that is an ES module, as CommonJS: Jest can't load such a one on Node 20. What it
 * imports is loaded in the same way, so the type of an error is the same for both.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what it is only the caller knows
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
