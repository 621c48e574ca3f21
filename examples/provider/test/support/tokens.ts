import { setTimeout as delay } from 'node:timers/promises'
import { demo } from './flow'

/** The response of the token endpoint. */
export interface TokenAnswer {
  status: number
  access_token: string
  refresh_token: string
  error?: string
}

/**
 * Requests tokens as the demo client. If the provider returns 503, because hashing a password takes
 * too long on a busy machine, tries again after the time in Retry-After.
 */
export async function tokens(
  issuer: string,
  parameters: Record<string, string>,
): Promise<TokenAnswer> {
  const response = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${demo.clientId}:${demo.clientSecret}`)}` },
    body: new URLSearchParams(parameters),
  })
  if (response.status === 503) {
    await delay(Number(response.headers.get('retry-after')) * 1000)
    return tokens(issuer, parameters)
  }
  return { status: response.status, ...((await response.json()) as Omit<TokenAnswer, 'status'>) }
}
