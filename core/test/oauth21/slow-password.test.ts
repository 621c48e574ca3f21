import oauthserver, { type Passwords, createClient, createUser } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import request from 'supertest'

const storeTimeout = 20

/** Verifies more slowly than `storeTimeout` allows a store. */
const passwords: Passwords = {
  hash: async (text) => `<${text}>`,
  async verify(text, hash) {
    await new Promise((resolve) => setTimeout(resolve, 5 * storeTimeout))
    return hash === `<${text}>`
  },
  isOutdated: () => true,
}

const ada = { username: 'ada', password: 'analytical engine' }

async function started() {
  const store = memoryStore()
  const { client, secret } = await createClient(store, { grantTypes: ['password'] })
  await createUser(store, ada, { passwords })
  return { store, client, secret }
}

describe('a password that takes longer to verify than "storeTimeout"', () => {
  it('is not treated as an outage of the store', async () => {
    const { store, client, secret } = await started()
    jest.spyOn(process, 'emitWarning').mockReturnValue()
    const oauth = oauthserver({ model: store, grants: ['password'], passwords, storeTimeout })
    const app = express().post('/token', oauth.grant())
    const answer = await request(app)
      .post('/token')
      .auth(client.id, secret!)
      .type('form')
      .send({ grant_type: 'password', ...ada })
    expect(answer.body).toMatchObject({ access_token: expect.any(String) })
  })

  it('is accepted by a model of toModel()', async () => {
    const { store } = await started()
    const model = oauthserver.toModel(store, { passwords, storeTimeout })
    const found = model.getUser(ada.username, ada.password) as unknown as Promise<unknown>
    await expect(found).resolves.toMatchObject({ username: 'ada' })
  })
})
