import { execFileSync } from 'node:child_process'
import path from 'node:path'
import type { PrismaClient as SqliteClient } from '../generated/sqlite/client'

export type { SqliteClient }

// A test file may be the first that needs them.
execFileSync(process.execPath, [path.join(__dirname, 'generate.cjs')], { stdio: 'inherit' })

/** What a test generates a client for. */
export type Generated = 'postgresql' | 'mysql' | 'sqlite' | 'emulated' | 'lacking'

/** The class of a generated client. */
export function generatedClient(name: Generated): new (options: object) => object {
  // It is not there before it is generated, and so is no import.
  const { PrismaClient } = require(`../generated/${name}/client`) as {
    PrismaClient: new (options: object) => object
  }
  return PrismaClient
}
