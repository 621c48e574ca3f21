import { readFileSync } from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { sha256 } from '../../src/crypto/hash'
import { codes, decide, deviceProvider, open, poll } from '../support/devices'
import { recordedStore } from '../support/recorded-store'

const source = readFileSync(path.join(__dirname, '../../src/events.ts'), 'utf8')
const names = [...source.matchAll(/^ {2}'([\w.]+)': \[/gm)].map(([, name]) => name!)

/** Runs the flows of devices. Returns the codes and tokens in them, and the events. */
async function walk() {
  let given!: () => string
  const provider = await deviceProvider({
    through(store) {
      const recorded = recordedStore(store)
      given = recorded.given
      return recorded.store
    },
  })
  const heard: unknown[] = []
  for (const name of names)
    provider.oauth.events.on(name as 'token.issued', (...event) => heard.push([name, event]))
  const allowed = await codes(provider)
  const denied = await codes(provider)
  await poll(provider, allowed.device_code)
  await open(provider, allowed.user_code)
  await decide(provider, allowed.user_code, { allow: true })
  await decide(provider, denied.user_code, { allow: false })
  await open(provider, allowed.user_code)
  const { body } = await poll(provider, allowed.device_code)
  await poll(provider, denied.device_code)
  await poll(provider, allowed.device_code)
  const tokens = body as { access_token: string; refresh_token: string }
  const secrets = [allowed, denied].flatMap(({ user_code, device_code }) => [
    user_code,
    user_code.replace('-', ''),
    device_code,
  ])
  return { secrets: [...secrets, tokens.access_token, tokens.refresh_token], heard, given: given() }
}

describe('the codes of devices', () => {
  it('are at rest only as hashes', async () => {
    const { secrets, given } = await walk()
    for (const secret of secrets)
      for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const)
        expect(given).not.toContain(Buffer.from(secret).toString(encoding).replace(/=+$/, ''))
  })

  it('are in no event, and neither are their hashes', async () => {
    const { secrets, heard } = await walk()
    const text = `${inspect(heard, { depth: Infinity })}${JSON.stringify(heard)}`
    expect(text).toContain('code.replayed')
    expect(text).toContain('token.issued')
    for (const secret of secrets) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(sha256(secret))
    }
  })
})
