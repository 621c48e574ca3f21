import { createHash, randomUUID } from 'node:crypto'
import { createClient, hashPassword, verifyPassword } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { expresses } from '../support/express'
import {
  about,
  askForToken,
  exchange,
  getCode,
  provider,
  refresh,
  register,
  tokensOf,
} from '../support/provider'
import { recordedStore } from '../support/recorded-store'
import { putUser } from '../support/records'

describe.each(expresses)('the data that a store receives on $version', ({ express }) => {
  afterEach(() => jest.restoreAllMocks())

  it('security 31: contains no code, token, secret or password in reversible form', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    let given!: () => string
    const at = await provider(express, {
      grants: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
      through(store) {
        const recorded = recordedStore(store)
        given = recorded.given
        return recorded.store
      },
    })
    const chosen = `chosen secret ${randomUUID()}`
    const web = await register(at.store, {
      grantTypes: [...at.web.grantTypes, 'password'],
      secret: chosen,
    })
    const password = `password ${randomUUID()}`
    const passwordHash = await hashPassword(password)
    await putUser(at.store, { id: 'ada', username: 'ada', passwordHash })

    const code = await getCode(at, web)
    const first = tokensOf(await exchange(at, web, code))
    const second = tokensOf(await refresh(at, web, first.refresh_token))
    const form = { grant_type: 'password', username: 'ada', password }
    const own = tokensOf(await askForToken(at, web, form))
    await about('introspect', at, web, second.access_token)
    await about('revoke', at, web, second.refresh_token)

    const secrets = [
      code.code,
      code.verifier,
      chosen,
      password,
      ...[first, second, own].flatMap((tokens) => [tokens.access_token, tokens.refresh_token]),
    ]
    const clients = JSON.stringify([
      await at.store.getClient(web.id),
      await at.store.getUser('ada'),
    ])
    const stored = given() + clients
    for (const secret of secrets) {
      const forms = ['utf8', 'hex', 'base64', 'base64url'] as const
      for (const encoding of forms) {
        expect(stored).not.toContain(Buffer.from(secret).toString(encoding).replace(/=+$/, ''))
      }
      expect(stored).not.toContain(encodeURIComponent(secret))
    }
    // Tokens are looked up by their hash.
    const hash = createHash('sha256').update(second.access_token).digest('hex')
    expect(given()).toContain(`find ["${hash}"]`)
  })
})

describe('secrets at rest', () => {
  it('security 31: a generated secret is stored as SHA-256, a chosen one as scrypt', async () => {
    const store = memoryStore()
    const { client: random } = await createClient(store, { redirectUris: ['https://a.example/'] })
    const { client: chosen } = await createClient(store, {
      redirectUris: ['https://a.example/'],
      secret: 'eight or more',
    })
    expect(random.secretHash).toMatch(/^[0-9a-f]{64}$/)
    expect(chosen.secretHash).toMatch(/^\$scrypt\$/)
    expect(await verifyPassword('eight or more', chosen.secretHash!)).toBe(true)
  })
})
