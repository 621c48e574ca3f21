import { setTimeout as delay } from 'node:timers/promises'
import { demo } from './flow'

/** What the token endpoint answers. */
export interface TokenAnswer {
  status: number
  access_token: string
  refresh_token: string
  error?: string
}

/**
 * What the demo client gets for these parameters. On a machine that is busy a password may take
 * longer than a request may: that is a 503, after which the client comes again, as told.
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
