import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestDatabase, describeDatabase } from '@oauth2-kit/conformance/databases'
import type { Engine } from './binding'

/** The database of the tests on one engine. */
export interface Place {
  engine: Engine
  /** The URL, or the path of a file that does not exist yet. */
  url: string
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
  const place: Place = { engine, url: '' }
  let drop: () => Promise<void>
  beforeAll(async () => {
    const isolated = await database.isolated()
    place.url = isolated.url
    drop = () => isolated.drop()
  })
  afterAll(() => drop?.())
  return place
}

function inFile(): Place {
  const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-sql-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return { engine: 'sqlite', url: path.join(folder, 'oauth.sqlite') }
}
