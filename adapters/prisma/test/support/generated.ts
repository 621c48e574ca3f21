import { execFileSync } from 'node:child_process'
import path from 'node:path'
import type { PrismaClient as SqliteClient } from '../generated/sqlite/client'

export type { SqliteClient }

// This test file may be the first that needs the clients.
execFileSync(process.execPath, [path.join(__dirname, 'generate.cjs')], { stdio: 'inherit' })

/** The names of the generated clients. */
export type Generated = 'postgresql' | 'mysql' | 'sqlite' | 'emulated' | 'lacking'

/** Returns the class of a generated client. */
export function generatedClient(name: Generated): new (options: object) => object {
  // The file does not exist before it is generated, so it cannot be imported statically.
  const { PrismaClient } = require(`../generated/${name}/client`) as {
    PrismaClient: new (options: object) => object
  }
  return PrismaClient
}
