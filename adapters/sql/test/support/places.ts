import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestDatabase, describeDatabase } from '@oauth2-kit/conformance/databases'
import type { Engine } from './binding'
import { type LibsqlServer, libsqlProgram, startLibsqlServer } from './libsql-server'

/** The database of the tests on one engine. */
export interface Place {
  /** As titles of tests say it. */
  name: string
  engine: Engine
  /** The URL, or the path of a file that does not exist yet. */
  url: string
  /** Whether a connection goes to a server, so that a proxy can interrupt it. */
  isServer: boolean
}

/** Returns the engine that a URL, or the path of a file, is for. */
export function engineOf(url: string): Engine {
  if (url.startsWith('postgres:')) return 'postgres'
  return url.startsWith('mysql:') ? 'mariadb' : 'sqlite'
}

/** Runs the tests on each of the engines. */
export function describeEngines(engines: readonly Engine[], define: (place: Place) => void): void {
  for (const engine of engines) {
    if (engine === 'sqlite') describe(engine, () => define(inFile()))
    else describeDatabase(engine, (database) => define(onServer(database, engine)))
  }
}

function onServer(database: TestDatabase, engine: Engine): Place {
  const place: Place = { name: engine, engine, url: '', isServer: true }
  let drop: () => Promise<void>
  beforeAll(async () => {
    const isolated = await database.isolated()
    place.url = isolated.url
    drop = () => isolated.drop()
  })
  afterAll(() => drop?.())
  return place
}

/** The name of the place on a libSQL server. */
export const libsqlServer = 'libSQL server'

/** Runs the tests on a libSQL server. */
export function describeLibsqlServer(define: (place: Place) => void): void {
  const isThere = libsqlProgram() !== null
  if (!isThere) process.stderr.write('\n  *** SKIPPED: no libSQL server for this system. ***\n\n')
  const describeIt = isThere ? describe : describe.skip
  describeIt(libsqlServer, () => {
    const place: Place = { name: libsqlServer, engine: 'sqlite', url: '', isServer: true }
    let server: LibsqlServer | undefined
    beforeAll(async () => {
      server = await startLibsqlServer()
      place.url = server.url
    })
    afterAll(() => server?.stop())
    define(place)
  })
}

function inFile(): Place {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-sql-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    name: 'sqlite',
    engine: 'sqlite',
    url: path.join(folder, 'oauth.sqlite'),
    isServer: false,
  }
}
