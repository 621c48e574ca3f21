import { once } from 'node:events'
import { connect } from 'node:net'
import { offer } from '../../src/databases/broker'
import { redisNodes } from '../../src/databases'
import { runJest } from './run-jest'

const withContainers = offer()?.missing === null ? describe : describe.skip

withContainers('a run whose tests need a database', () => {
  it('starts one database for all its processes, and stops it at the end', async () => {
    const { status, output } = await runJest('shares-redis-*')
    expect(output).toContain('2 passed, 0 failed')
    expect(status).toBe(0)
    const found = [...output.matchAll(/found (\S+) in (\d+)/g)]
    const [url, ...others] = new Set(found.map(([, url]) => url))
    expect(others).toEqual([])
    expect(new Set(found.map(([, , process]) => process)).size).toBe(2)
    const [error] = await once(connect(redisNodes(url!)[0]!), 'error')
    expect(error).toHaveProperty('code', 'ECONNREFUSED')
  })
})
