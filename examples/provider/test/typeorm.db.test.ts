import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { afterRestart } from './support/after-restart'
import { allRun } from '../../../test/support/growth'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'

for (const name of ['postgres', 'mariadb'] as const) {
  describeDatabase(name, (database) => {
    let mine: Isolated
    beforeAll(async () => {
      mine = await database.isolated()
    })
    afterAll(() => mine?.drop())

    it('STORE=typeorm keeps the grants across a restart, and in another process', async () => {
      const { user } = await afterRestart({ STORE: 'typeorm', DATABASE_URL: mine.url })
      expect(user).toMatchObject({ username: demo.username })
    })

    // The conformance suite tests the differences between the two. One of them is enough here.
    if (allRun && name === 'mariadb') {
      browserScenarios(() => ({ STORE: 'typeorm', DATABASE_URL: mine.url }))
    }
  })
}

describe('sqlite', () => {
  it('STORE=typeorm keeps the grants across a restart, and in another process', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'oauth2-kit-provider-'))
    try {
      const url = `sqlite:${path.join(folder, 'oauth.sqlite')}`
      const { user } = await afterRestart({ STORE: 'typeorm', DATABASE_URL: url })
      expect(user).toMatchObject({ username: demo.username })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
