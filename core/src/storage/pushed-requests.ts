import type { Store } from '../contract/store'
import { randomBytes } from '../crypto/random'
import { requestUriPrefix } from '../protocol/request-uri'
import { expiryMarginMs, recordKey } from './records'
import type { PushedRequests, RequestParameters } from './storage'

/** The time until the authorization endpoint must receive a request (RFC 9126 2.2). */
const unopenedMs = 60_000
/** The time until a request ends, in which its user signs in and decides. */
const openedMs = 30 * 60_000
const referenceBytes = 32

/** The content of the record of a request. Times are milliseconds since the epoch. */
interface Pushed {
  clientId: string
  parameters: RequestParameters
  /** When it ends, unless it was opened before. */
  unopenedUntil: number
  /** When it ends in any case. */
  until: number
}

/**
 * Returns the pushed requests in a store (RFC 9126). A record has the parameters. A second record says
 * that the authorization endpoint received the request in time, so that the user may take longer than
 * the client. The keys are hashes: nothing at rest works as a `request_uri`.
 */
export function pushedRequests(
  store: Pick<Store, 'addRecord' | 'getRecord' | 'takeRecord'>,
  now: () => number,
): PushedRequests {
  async function isInTime(requestUri: string, pushed: Pushed): Promise<boolean> {
    const key = recordKey('opened_request', requestUri)
    const at = now()
    if (at >= pushed.until) return false
    if (at >= pushed.unopenedUntil) return (await store.getRecord(key)) !== null
    // Saved before a page is shown, because the user may come back late.
    await store.addRecord({ key, data: '{}', expiresAt: pushed.until + expiryMarginMs })
    return true
  }

  return {
    async add(clientId, parameters) {
      const requestUri = requestUriPrefix + randomBytes(referenceBytes).toString('base64url')
      const at = now()
      const pushed: Pushed = {
        clientId,
        parameters,
        unopenedUntil: at + unopenedMs,
        until: at + openedMs,
      }
      await store.addRecord({
        key: recordKey('pushed_request', requestUri),
        data: JSON.stringify(pushed),
        expiresAt: pushed.until + expiryMarginMs,
      })
      return { requestUri, expiresIn: unopenedMs / 1000 }
    },

    async open(requestUri, clientId) {
      const record = await store.getRecord(recordKey('pushed_request', requestUri))
      const pushed = record && (JSON.parse(record.data) as Pushed)
      if (pushed?.clientId !== clientId) return null
      return (await isInTime(requestUri, pushed)) ? pushed.parameters : null
    },

    async use(requestUri) {
      return (await store.takeRecord(recordKey('pushed_request', requestUri))) !== null
    },
  }
}
