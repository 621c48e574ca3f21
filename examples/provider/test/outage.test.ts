import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '@libsql/client'
import { demo, signIn } from './support/flow'
import { startProvider } from './support/program'
import { Visitor } from './support/visitor'

describe.each([
  ['sql', 'file'],
  ['typeorm', 'sqlite'],
])('a database that fails, with STORE=%s', (STORE, protocol) => {
  it('makes the pages return 503 with Retry-After, and without details', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'provider-'))
    const file = path.join(folder, 'oauth.sqlite')
    try {
      await using provider = await startProvider({
        STORE,
        DATABASE_URL: `${protocol}:${file}`,
        ADMIN_USERNAME: demo.username,
      })
      const signedIn = new Visitor(provider.url)
      await signIn(signedIn)
      const other = new Visitor(provider.url)
      const form = await other.get('/sign-in')
      const database = createClient({ url: `file:${file}` })
      await database.executeMultiple(
        'DROP TABLE oauth_users; DROP TABLE oauth_credentials; DROP TABLE oauth_clients',
      )
      database.close()

      const { username, password } = demo
      const pages = [
        await other.submit(form, { username, password }),
        await signedIn.get('/apps'),
        await signedIn.get('/admin'),
      ]
      for (const { status, headers, html } of pages) {
        expect({ status, retryAfter: headers.get('retry-after') }).toEqual({
          status: 503,
          retryAfter: '5',
        })
        expect(html).toContain('Not possible right now')
        expect(html).not.toContain('oauth_')
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
