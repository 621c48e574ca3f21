import { readFileSync } from 'node:fs'
import path from 'node:path'
import { memoryStore } from '@oauth2-kit/memory'
import { promiseApp } from '../../../test/support/promise/app'
import { type PromiseServer, promiseServers } from '../../../test/support/promise/servers'
import { ownApp } from './own-app'
import { type MeasuredPromise, type Open, promises } from './promises'

const page = path.resolve(__dirname, '../../../docs/under-other-servers.md')

const onServer =
  (version: PromiseServer): Open =>
  (differences, store = memoryStore()) =>
    promiseApp(version, store, differences)
const onOwn: Open = (differences, store = memoryStore()) => ownApp(store, differences)

/** The cells of a row: what holds in each line of versions, by its lowest and highest one. */
async function measured({ holds }: MeasuredPromise): Promise<string[]> {
  const cells = []
  for (const line of ['3', '4', '5']) {
    const [lowest, highest] = promiseServers.filter((version) => version.line === line)
    const inLowest = await holds(onServer(lowest!))
    const inHighest = await holds(onServer(highest!))
    const since = /\d+\.\d+/.exec(highest!.name)![0]
    if (inLowest && !inHighest) throw new Error(`It no longer holds in ${highest!.name}`)
    cells.push(inLowest ? 'yes' : inHighest ? `from ${since}` : 'no')
  }
  cells.push((await holds(onOwn)) ? 'yes' : 'no')
  return cells
}

const rows = readFileSync(page, 'utf8')
  .split('\n')
  .filter((line) => /^\| .* \|$/.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
const [, ...written] = rows.slice(rows.findIndex(([first]) => first === 'Promise'))

describe('the table of docs/under-other-servers.md', () => {
  it('has each promise once, in order', () => {
    expect(written.map(([promise]) => promise)).toEqual(promises.map(({ promise }) => promise))
  })

  it.each(promises)('$promise: is what the packages do', async (row) => {
    const cells = written.find(([promise]) => promise === row.promise)?.slice(1)
    expect(cells).toEqual(await measured(row))
  })
})
