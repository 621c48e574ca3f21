import oauthserver, { type Store } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { FakeRequest, answerOf } from '../fakes'
import { callbackModel, onCallbackModel } from './callback-model'
import {
  type Contender,
  type Form,
  basicHeader,
  codeForm,
  issuer,
  pkce,
  refreshForm,
  setup,
  times,
} from './contender'

const { clientId, userId, redirectUri, scopes } = setup
const { accessTokenLifetime, refreshTokenLifetime, authCodeLifetime } = setup
const lifetimes = { accessTokenLifetime, refreshTokenLifetime, authCodeLifetime }

/** This project on the callback model that 2.4.1 uses too. */
export async function kitOnModelContender(grants: readonly string[]): Promise<Contender> {
  const model = callbackModel()
  const oauth = oauthserver({ model, grants, issuer, ...lifetimes })
  return {
    ...onCallbackModel(model),
    authorise: oauth.authorise(),
    grant: oauth.grant(),
    listener: () => oauth.listener({ endpoints: ['token'] }),
  }
}

/** This project on the memory store with all defaults: hashes, PKCE, one-time codes, rotation. */
export function kitOnStoreContender(grants: readonly string[]): Promise<Contender> {
  return kitOn(memoryStore(), grants)
}

/** This project on that store with all defaults. `kit` is another release of the core. */
export async function kitOn(
  store: Store,
  grants: readonly string[],
  kit: typeof oauthserver = oauthserver,
): Promise<Contender> {
  const { secret } = await kit.createClient(store, {
    id: clientId,
    redirectUris: [redirectUri],
    grantTypes: [...grants],
    scopes: [...scopes],
  })
  const basic = basicHeader(secret ?? '')
  const oauth = kit({
    store,
    grants,
    issuer,
    ...lifetimes,
    // Rotations are counted as by default, but the limit is out of reach, because each connection
    // refreshes one grant all the time.
    rotationsPerHour: 1_000_000_000,
  })
  const grant = oauth.grant()
  const authorize = oauth.authCodeGrant((_request, next) => next(null, true, { id: userId }))

  async function newTokens(form: Form): Promise<Record<string, string>> {
    const { body } = await answerOf(grant, FakeRequest.form(basic, form))
    return JSON.parse(String(body)) as Record<string, string>
  }

  async function newCode(): Promise<Form> {
    const query = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: scopes.join(' '),
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
    }
    const { headers } = await answerOf(authorize, FakeRequest.get({}, query))
    const code = new URL(String(headers['Location'])).searchParams.get('code')
    return codeForm(code ?? '', { code_verifier: pkce.verifier })
  }

  return {
    authorise: oauth.authorise(),
    grant,
    listener: () => oauth.listener({ authenticate: () => null, consent: () => null }),
    basic,
    purge: (seconds) => kit.purge(store, { now: () => Date.now() + seconds * 1000 }),
    accessTokens: (count) =>
      times(count, async () => {
        const { access_token: token } = await newTokens({ grant_type: 'client_credentials' })
        return token ?? ''
      }),
    codes: (count) => times(count, newCode),
    refreshTokens: (count) =>
      times(count, async () => {
        const { refresh_token: token } = await newTokens(await newCode())
        return refreshForm(token ?? '')
      }),
  }
}
