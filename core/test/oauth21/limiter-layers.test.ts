import { CountingLimiter } from '../support/counting-limiter'
import { layers } from '../support/layers'
import { loopback } from '../support/loopback'
import { passwords } from '../support/quick-passwords'
import {
  type Provider,
  type TestClient,
  about,
  askForToken,
  provider,
  refusal,
} from '../support/provider'

const guessable = { webSecret: 'chosen by a person', passwords }

const asks: [string, (at: Provider, client: TestClient) => ReturnType<typeof about>][] = [
  ['token', (at, client) => askForToken(at, client, { grant_type: 'client_credentials' })],
  ['revocation', (at, client) => about('revoke', at, client, 'a'.repeat(40))],
  ['introspection', (at, client) => about('introspect', at, client, 'a'.repeat(40))],
]

describe.each(layers)('the limiter on $version', ({ version, layer }) => {
  it.each(asks)('security 40: limits the %s endpoint', async (_name, ask) => {
    const limiter = new CountingLimiter(1)
    const at = await provider({ layer }, { limiter, ...guessable })
    for (let n = 0; n < 3; n++) {
      expect((await ask(at, at.web)).status).toBe(200)
    }
    const wrong = { ...at.web, secret: 'wrong' }
    expect(refusal(await ask(at, wrong))).toEqual({ status: 401, error: 'invalid_client' })
    const refused = await ask(at, wrong)
    expect(refusal(refused)).toEqual({ status: 429, error: 'temporarily_unavailable' })
    expect(refused.headers).toMatchObject({ 'retry-after': '8', 'cache-control': 'no-store' })
    expect(refused.headers).not.toHaveProperty('www-authenticate')
  })

  it('receives the address from the layer or from clientAddress', async () => {
    const [ask] = asks.map(([, one]) => one)
    const [known, configured] = [new CountingLimiter(9), new CountingLimiter(9)]
    const at = await provider({ layer }, { limiter: known, ...guessable })
    await ask!(at, at.web)
    const address = version === 'fetch' ? undefined : loopback
    expect(known.taken).toEqual([{ clientId: at.web.id, address }])

    const differences = { limiter: configured, clientAddress: () => '203.0.113.7', ...guessable }
    const other = await provider({ layer }, differences)
    await ask!(other, other.web)
    expect(configured.taken).toEqual([{ clientId: other.web.id, address: '203.0.113.7' }])
  })
})
