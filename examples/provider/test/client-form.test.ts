import { createClient, updateClient } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { changesOf, fieldsOf, hasSecret } from '../src/provider/pages/client-form'

describe('the form of a client with keys', () => {
  it('keeps its keys, whatever it posts as the method', async () => {
    const store = memoryStore()
    const jwksUri = 'https://robot.example/jwks'
    const { client } = await createClient(store, {
      authMethod: 'private_key_jwt',
      jwksUri,
      grantTypes: ['client_credentials'],
    })
    expect(hasSecret(client)).toBe(false)
    for (const authMethod of ['', 'client_secret_basic', 'private_key_jwt']) {
      const changes = changesOf({ ...fieldsOf(client), name: 'Robot', authMethod }, client)
      const after = await updateClient(store, client.id, changes)
      expect(after).toMatchObject({ name: 'Robot', authMethod: 'private_key_jwt', jwksUri })
    }
  })
})
