import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

/**
 * Returns the program that implements a command of another package: `oauth2-kit NAME ...` runs
 * `oauth2-kit-NAME ...` if the project has a package `@oauth2-kit/NAME` with such a program.
 */
export function packageProgram(name: string, folder: string): string | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return undefined
  const manifest = resolveFrom(folder, `@oauth2-kit/${name}/package.json`)
  if (manifest === undefined) return undefined
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin?: unknown }
  const file = ((bin ?? {}) as Record<string, unknown>)[`oauth2-kit-${name}`]
  return typeof file === 'string' ? path.join(path.dirname(manifest), file) : undefined
}

function resolveFrom(folder: string, request: string): string | undefined {
  try {
    return createRequire(path.join(folder, 'package.json')).resolve(request)
  } catch {
    return undefined
  }
}
