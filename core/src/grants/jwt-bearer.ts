import type { Context } from '../context'
import { RefusedJwtError } from '../crypto/jose'
import { InvalidGrantError, InvalidRequestError } from '../errors/errors'
import { optionError } from '../errors/option-error'
import { parameter } from '../http/request'
import { type CheckedIssuer, jwtBearerName } from '../options/trusted-issuers'
import {
  type AssertionClaims,
  claimedIssuer,
  leewaySeconds,
  verifiedAssertion,
} from '../protocol/assertion'
import { narrowResource, resourcesFor } from '../protocol/resource'
import { exposedClient } from '../storage/exposed-client'
import { keysOf } from '../storage/key-sets'
import { grantType } from './grant-type'

/** The maximum lifetime of an assertion, in seconds, which bounds how long its use is remembered. */
const longestLifetime = 86_400

/** Exchanges an assertion of a trusted issuer about a user for an access token (RFC 7523 2.1). */
export const jwtBearer = grantType({
  name: jwtBearerName,
  // `assertion` is read only here, because an extension grant may allow a longer one.
  parameters: {},

  async check({ context, form, client, request, at }) {
    const { settings } = context
    const scope = settings.profile.scope(form.scope, client.scopes)
    const resource = narrowResource(form.resource, resourcesFor(client, settings))
    const assertion = parameter(await request.form(), 'assertion')
    if (assertion === undefined) throw new InvalidRequestError('No "assertion" parameter')
    const { issuer, claims } = await verified(context, assertion, at)
    const about = { client: exposedClient(client), request: request.native.request as never }
    const user = await issuer.user(structuredClone(claims), about)
    if (!user) throw refused('its subject is unknown or not allowed')
    // RFC 7521 4.1: the client can present another assertion, so it gets no refresh token.
    const authorization = { user, scope, resource, refresh: false }
    if (!issuer.singleUse) return authorization
    return { ...authorization, acceptOnce: () => assertFirstUse(context, claims) }
  },

  isEnabled: ({ trustedIssuers }) => trustedIssuers !== undefined,

  assertSettings({ trustedIssuers, extendedGrant, issuer }) {
    if (!trustedIssuers && !extendedGrant)
      throw optionError(
        'trustedIssuers',
        `is missing, but "grants" has "${jwtBearerName}": set it, or "extendedGrant", or remove ` +
          `"${jwtBearerName}"`,
      )
    if (issuer === undefined && trustedIssuers?.some(({ audience }) => audience === undefined))
      throw optionError(
        'issuer',
        'is missing, but it is the audience of assertions: set it to the public URL of this server',
      )
  },
})

/** RFC 7523 3, 7: each `jti` is accepted once. */
async function assertFirstUse(
  { storage }: Context,
  { iss, jti = '', exp }: AssertionClaims,
): Promise<void> {
  const until = (exp + leewaySeconds) * 1000
  if (await storage.isFirstUse?.(['assertion', iss, jti], until)) return
  throw refused('its jti has been used before')
}

async function verified(
  { settings, keySets }: Context,
  assertion: string,
  at: number,
): Promise<{ issuer: CheckedIssuer; claims: AssertionClaims }> {
  try {
    const name = await claimedIssuer(assertion)
    const issuer = settings.trustedIssuers?.find((one) => one.issuer === name)
    if (!issuer) throw new RefusedJwtError('its issuer is not trusted')
    const { algorithms, audience = [settings.issuer!], singleUse } = issuer
    const rules = {
      issuer: name,
      audiences: audience,
      algorithms,
      types: ['jwt', 'authorization-grant+jwt'],
      mostSecondsAhead: longestLifetime,
      needsJti: singleUse,
    }
    const keysFor = (kid: string | undefined) =>
      keysOf(issuer, kid, keySets, 'the issuer of the assertion')
    return { issuer, claims: await verifiedAssertion(assertion, rules, keysFor, at) }
  } catch (error) {
    throw error instanceof RefusedJwtError ? refused(error.message, error) : error
  }
}

function refused(reason: string, cause?: unknown): InvalidGrantError {
  return new InvalidGrantError(`The assertion was refused: ${reason}`, cause)
}
