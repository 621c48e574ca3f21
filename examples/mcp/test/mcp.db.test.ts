import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { Memory } from '../../../cli/templates/mcp/test/mcp-client'
import { demo } from '../../provider/test/support/flow'
import { answering } from './support/answering'
import { checksOf, passed } from './support/conformance-tool'
import { documentHost } from './support/document-host'
import { startExample } from './support/example'
import { McpUser, sdks } from './support/sdks'

const names = { postgres: 'typeorm', redis: 'redis' } as const

describe.each(Object.entries(names))('examples/mcp', (name, STORE) => {
  describeDatabase(name as keyof typeof names, (database) => {
    let mine: Isolated
    beforeAll(async () => {
      mine = await database.isolated()
    })
    afterAll(() => mine?.drop())

    it(`STORE=${STORE}: the conformance tool has no objection to two instances`, async () => {
      const checks = await checksOf(['--client-id', demo.publicClientId], {
        environment: { STORE, DATABASE_URL: mine.url },
        instances: 2,
        meanwhile: ({ restart }) => restart(0),
      })
      expect(checks).toEqual(passed)
    })

    it(`STORE=${STORE}: two instances serve a client in turn, and survive restarts`, async () => {
      const { redirectUrl, clientMetadata } = new Memory('http://127.0.0.1:4000/callback')
      await using host = await documentHost(clientMetadata)
      await using example = await startExample(
        { STORE, DATABASE_URL: mine.url },
        {
          instances: 2,
          changes: host.changes,
        },
      )
      for (const clientMetadataUrl of [undefined, host.clientId]) {
        const memory = new Memory(redirectUrl, { ...(clientMetadataUrl && { clientMetadataUrl }) })
        const answer = answering(example.url)
        let asked = 0
        const user = new McpUser(
          sdks['version 2'],
          new URL('/mcp', example.url),
          memory,
          async (destination) => {
            asked++
            await example.restart(asked % 2)
            return answer(destination)
          },
        )
        await user.call('list-notes')
        await example.restart(0)
        await user.call('add-note', { text: 'Buy milk' })
        expect(asked).toBe(2)
        memory.saveTokens({ ...memory.tokens()!, access_token: 'expired' })
        await example.restart(1)
        await user.call('list-notes')
        expect(asked).toBe(2)
        expect(memory.tokens()?.scope?.split(' ')).toContain('notes:write')
      }
      const [first = 0, second = 0] = example.requests
      expect(Math.abs(first - second)).toBeLessThanOrEqual(1)
    })
  })
})
