import { storageClient } from '../../src/storage/store-client'
import { aClient } from '@oauth2-kit/testing'

describe('storageClient()', () => {
  it('has no secret, no version, and no property that a store adds', () => {
    const client = aClient({ metadata: { team: 'photos' } })
    const shown = storageClient({ ...client, previousSecret: 'x', exposed: 'y' } as typeof client)
    const { secretHash: _, version: __, ...rest } = client
    expect(shown).toEqual(rest)
    expect(Object.keys(shown)).not.toContain('previousSecret')
  })

  it('reads properties from the prototype of a record', () => {
    const client = aClient({ type: 'public' })
    const record = Object.create(client) as typeof client
    expect(storageClient(record)).toMatchObject({ id: client.id, type: 'public' })
  })
})
