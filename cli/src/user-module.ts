import { statSync } from 'node:fs'
import path from 'node:path'
import { withCode } from '@oauth2-kit/core/store-kit'
import { type Surroundings, UsageError } from './command'

/** A module of the user, and what named it, for messages. */
export interface UserModule {
  file: string
  /** The option or the environment variable. */
  from: string
}

/** Loads a module of the user, and resolves with its exports. */
export async function loadUserModule(
  { file: given, from }: UserModule,
  { cwd, load }: Pick<Surroundings, 'cwd' | 'load'>,
): Promise<Record<string, unknown>> {
  const file = path.resolve(cwd, given)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`${from}: ${file} is not a file`)
  return loadModule(given, file, load)
}

async function loadModule(given: string, file: string, load: Surroundings['load']) {
  try {
    return await load(file)
  } catch (error) {
    if (!/\.[cm]?ts$/.test(file) || !isTypeScriptProblem(error)) {
      // Node shows the location of a syntax error only if it ends the process.
      const hint = isSyntaxError(error) ? `; run "node ${given}" to see where` : ''
      throw withCode(
        'OAUTH2_KIT_STORE',
        // The message of a syntax error quotes the file, which may be another one with secrets.
        new Error(`${given} can't be loaded${hint}`, isSyntaxError(error) ? {} : { cause: error }),
      )
    }
    throw new UsageError(
      `Node ${process.versions.node} can't load ${given}: use the JavaScript that it compiles ` +
        "to, or add a loader, such as NODE_OPTIONS='--import tsx'",
      { cause: error },
    )
  }
}

function isTypeScriptProblem(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return (
    code === 'ERR_UNKNOWN_FILE_EXTENSION' ||
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' ||
    isSyntaxError(error)
  )
}

function isSyntaxError(error: unknown): boolean {
  return error instanceof Error && error.name === 'SyntaxError'
}
