import express from 'express'
import { guards } from './support/guards'
import { mcpClients } from './support/mcp-clients'
import { notesProvider, scopes } from './support/notes-provider'

describe.each(guards)('$guard', ({ check, listener, stepsUp }) => {
  const started = () =>
    notesProvider((notes, pages) => {
      const app = express()
      app.use(notes.oauth.router(pages))
      app.all('/mcp', check(notes), (req, res) => listener(req, res))
      return app
    })

  it.each(mcpClients)(
    'a client of $client signs in, steps up, refreshes and is revoked',
    async ({ connect }) => {
      await using notes = await started()
      const { oauth, resource, client, userId } = notes
      const { browser, call } = connect(resource, client.id)

      // The 401 names the metadata and the scope. The client requests that for this resource.
      const seconds = Date.now() / 1000
      const listed = await call('list-notes')
      expect(listed).toEqual({
        tool: 'list-notes',
        clientId: client.id,
        scopes: ['notes:read'],
        expiresAt: expect.any(Number),
        resource,
        userId,
        user: { id: userId },
      })
      expect(listed['expiresAt']).toBeGreaterThan(seconds + 3500)
      expect(listed['expiresAt']).toBeLessThan(seconds + 3700)
      expect(browser.requested).toEqual(['notes:read'])
      expect(browser.resources).toEqual([[resource]])

      // The 403 names all scopes that the tool needs.
      const granted = stepsUp ? scopes : ['notes:read']
      expect(await call('add-note')).toMatchObject({ tool: 'add-note', scopes: granted })
      const requested = browser.requested.map((scope) => scope?.split(' '))
      expect(requested).toEqual(stepsUp ? [['notes:read'], scopes] : [['notes:read']])

      // An access token that is no longer valid is refreshed without the user.
      const { access_token, refresh_token } = browser.saved!
      await fetch(`${notes.origin}/oauth/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: client.id, token: access_token }),
      })
      expect(await call('add-note')).toMatchObject({ tool: 'add-note', scopes: granted })
      expect(browser.saved!.access_token).not.toBe(access_token)
      expect(browser.saved!.refresh_token).not.toBe(refresh_token)
      expect(browser.requested).toHaveLength(requested.length)

      // A grant that is revoked needs the user again.
      await oauth.revokeGrants({ userId })
      expect(await call('list-notes')).toMatchObject({ tool: 'list-notes' })
      expect(browser.requested).toHaveLength(requested.length + 1)
    },
  )
})
