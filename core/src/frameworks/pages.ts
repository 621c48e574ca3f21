import type { ServerResponse } from 'node:http'
import { TimeoutError, timeoutAfter } from '../async/timeout'
import type { HookRequest, HookResponse } from '../contract/express-types'
import { hookError } from '../contract/hook-answer'
import type { SignedInUser } from '../contract/user-id'
import type { AuthorizationRequest } from '../endpoints/authorization-request'
import type { BoundHooks, Consent, DeviceHooks, Hooks } from '../endpoints/decide'
import type { OAuthRequest } from '../http/request'
import { isOpen } from './node'
import type { WebDeviceHooks, WebHooks, WebRequest } from './web'

/** Milliseconds for a hook to return, and then for its page to be sent. */
const longestMs = 30_000

const withTimeout = timeoutAfter(longestMs)

/** Returns the hooks, bound to a request of node:http or Express. */
export function pagesOnNode<U extends SignedInUser>(
  hooks: Hooks<U> & Partial<DeviceHooks>,
  { native }: OAuthRequest,
): BoundHooks<U> {
  const request = native.request as HookRequest
  const response = native.response as ServerResponse & HookResponse

  async function resultOf(
    name: string,
    mayBeSilent: boolean,
    call: () => unknown,
  ): Promise<unknown> {
    const result = await inTime(name, response, call)
    if (result === null && !mayBeSilent) await sent(name, response)
    // A hook that has sent the response decides nothing, so `undefined` is clear.
    return result === undefined && !isOpen(response) ? null : result
  }

  return {
    authenticate: (asked) =>
      resultOf('authenticate', isSilent(asked), () =>
        hooks.authenticate(request, response, asked),
      ) as Promise<U | null>,
    consent: (asked) =>
      resultOf('consent', isSilent(asked), () =>
        hooks.consent(request, response, asked),
      ) as Promise<Consent>,
    device: (page) => resultOf('device', false, () => hooks.device?.(request, response, page)),
  }
}

/** Returns the hooks, bound to a web-standard request. */
export function pagesOnWeb<U extends SignedInUser>(
  hooks: WebHooks<U> & Partial<WebDeviceHooks>,
  request: OAuthRequest,
): BoundHooks<U> {
  const bound = (request as WebRequest).bound(hooks)
  return {
    authenticate: (asked) =>
      withTimeout(async () => bound.authenticate(asked), hook('authenticate')),
    consent: (asked) => withTimeout(async () => bound.consent(asked), hook('consent')),
    device: (page) => withTimeout(async () => bound.device?.(page), hook('device')),
  }
}

/**
 * Resolves with the result of the function, or with `null` if it has sent the response and not
 * returned in time. Rejects if it has done neither.
 */
async function inTime(
  name: string,
  response: ServerResponse,
  call: () => unknown,
): Promise<unknown> {
  try {
    return await withTimeout(async () => call(), hook(name))
  } catch (error) {
    if (error instanceof TimeoutError && !isOpen(response)) return null
    throw error
  }
}

/** Resolves once the response is sent. Rejects if it is not sent in time. */
function sent(name: string, response: ServerResponse): Promise<void> {
  if (!isOpen(response)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const seconds = longestMs / 1000
    const timer = setTimeout(() => {
      if (!isOpen(response)) return resolve()
      const problem = `"${name}" returned null, but sent no response within ${seconds} seconds`
      reject(hookError(`${problem}: send a page or a redirect, or return another value`))
    }, longestMs)
    // Emitted once the response is sent completely, or the client has disconnected.
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Returns whether the client wants no page, so that `null` needs no response. */
function isSilent({ prompt }: AuthorizationRequest): boolean {
  return prompt.includes('none')
}

function hook(name: string): string {
  return `The hook "${name}"`
}
