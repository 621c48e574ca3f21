import { TimeoutError } from '../async/timeout'
import type { Credential, Hash, StoredRecord } from '../contract/store'
import { userIdOf } from '../contract/user-id'
import { sha256 } from '../crypto/hash'
import { randomHex } from '../crypto/random'
import { isRefusal, tryAgain } from '../errors/refusals'
import type { Emit } from '../events'
import type { Settings } from '../options/settings'
import { newUserCode } from '../protocol/user-code'
import { RecentMap } from '../values/recent-map'
import { dataOf } from './parsed-data'
import { eventOf, type issuing, newGrantId } from './issuing'
import type { reading } from './reading'
import { recordKey } from './records'
import { revoking } from './revoking'
import type {
  CodeOrder,
  DeviceOrder,
  DeviceRequest,
  DeviceStorage,
  DeviceState,
  StartedDevice,
} from './storage'
import type { UsedStore } from './with-timeout'

// How a device gets its grant (RFC 8628). A request for it is two records: one under its user code,
// and one under its device code. `takeRecord` of the first one decides who may allow or deny it, once.
// What is allowed is a grant whose credential is the device code, so that `redeem` redeems it once.
// What is denied has one more record under the device code.

const deviceCodeBytes = 32
/** How long a device must wait between two requests for its tokens, in seconds (RFC 8628 3.2). */
export const pollSeconds = 5
// A device that waits for the interval may still be a little early, because networks delay requests.
const toleratedMs = 1000
// How long records are kept after the codes have expired, so that a device learns that they have.
const keptMs = 300_000
const mostUserCodes = 10
/** The maximum number of devices whose last request is remembered. */
const mostPolls = 10_000

/** The content of the record under a user code. */
interface UserCodeData {
  clientId: string
  scope: string
  resource?: readonly string[] | undefined
  /** The hash of the device code. */
  device: Hash
  /** When both codes expire, and when they were requested. Milliseconds since the epoch. */
  until: number
  at: number
  address?: string | undefined
}

/** The content of the record under a device code. */
interface DeviceCodeData {
  clientId: string
  until: number
}

/**
 * Returns the hash under which a store keeps a device code. No authorization code has it, because the
 * text of a parameter never contains NUL. So neither can be redeemed as the other.
 */
export function deviceCodeHash(deviceCode: string): Hash {
  return sha256(`device_code\0${deviceCode}`)
}

/** Returns the operations on the requests of devices in a store. */
export function deviceCodes(
  store: UsedStore,
  settings: Settings,
  emit: Emit,
  { findByHash }: Pick<ReturnType<typeof reading>, 'findByHash'>,
  { issueDeviceGrant }: Pick<ReturnType<typeof issuing>, 'issueDeviceGrant'>,
): DeviceStorage {
  const { now, deviceCodeLifetime } = settings
  const polls = new RecentMap<number>(mostPolls)
  const revokeGrants = revoking((selector) => store.revoke(selector), emit)

  async function start(order: DeviceOrder): Promise<StartedDevice> {
    const at = now()
    const until = at + deviceCodeLifetime * 1000
    const deviceCode = randomHex(deviceCodeBytes)
    const device = deviceCodeHash(deviceCode)
    const { client, scope, resource, address } = order
    const clientId = client.id
    await add(deviceKey(device), { clientId, until } satisfies DeviceCodeData, until)
    const data: UserCodeData = { clientId, scope, resource, device, until, at, address }
    for (let tries = 1; tries <= mostUserCodes; tries++) {
      const userCode = newUserCode()
      if (await add(userCodeKey(userCode), data, until))
        return { deviceCode, userCode, expiresIn: deviceCodeLifetime, interval: pollSeconds }
    }
    throw tryAgain('No free user code was found: try again')
  }

  async function find(userCode: string): Promise<DeviceRequest | null> {
    const record = await read(userCodeKey(userCode))
    if (!record) return null
    const { clientId, scope, resource, until, at, address } = userCodeData(record)
    if (!(until > now())) return null
    return { userCode, clientId, scope, resource, address, requestedAt: at, record }
  }

  async function allow(request: DeviceRequest, order: CodeOrder): Promise<boolean> {
    const data = await take(request)
    if (!data) return false
    const id = newGrantId()
    try {
      await issueDeviceGrant(order, { id, hash: data.device, usableUntil: data.until })
    } catch (error) {
      if (isRefusal(error)) {
        await markDenied(data)
        throw error
      }
      const found = await earlierGrant(data.device)
      // The answer of the store was lost, but not the grant.
      if (found?.grant.id !== id) return settle(request, order, data, found, error)
    }
    await forget(data)
    return true
  }

  /**
   * Handles a grant that could not be issued. If an earlier attempt to allow the same request has
   * succeeded although it seemed to fail, its grant counts if it is the same. Otherwise the user may try
   * again.
   */
  async function settle(
    { record }: DeviceRequest,
    { user, scope }: CodeOrder,
    data: UserCodeData,
    found: Credential | null,
    error: unknown,
  ): Promise<boolean> {
    if (found && found.grant.userId !== userIdOf(user)) return false
    if (found && dataOf(found.data).scope === scope) return true
    if (found) {
      // The user has changed the decision since then, and the first one must not count.
      await end(data, found)
      return false
    }
    await putBack(record)
    throw error
  }

  async function earlierGrant(device: Hash): Promise<Credential | null> {
    try {
      return await findByHash(device, (credential) => credential)
    } catch (error) {
      emit('store.failed', { error })
      return null
    }
  }

  async function deny(request: DeviceRequest): Promise<boolean> {
    const data = await take(request)
    if (!data) return false
    try {
      await markDenied(data)
      // An earlier attempt to allow the request may have succeeded although it seemed to fail.
      const found = await findByHash(data.device, (credential) => credential)
      if (found) await end(data, found)
    } catch (error) {
      await putBack(request.record)
      throw error
    }
    return true
  }

  /** Takes the request, so that one caller decides. Resolves with `null` if it was decided before. */
  async function take({ record }: DeviceRequest): Promise<UserCodeData | null> {
    let taken: StoredRecord | null
    try {
      taken = await store.takeRecord(record.key)
    } catch (error) {
      // If the store takes it too late for this request, nobody has decided yet.
      if (error instanceof TimeoutError)
        error.pending<StoredRecord | null>().then(
          (late) => late && putBack(late),
          () => {},
        )
      throw error
    }
    if (!taken) return null
    if (taken.data !== record.data) {
      // The code has expired and belongs to another request, which the user has not seen.
      await putBack(taken)
      return null
    }
    const data = userCodeData(taken)
    return data.until > now() ? data : null
  }

  /** Lets the user decide again. If this fails, the device must start again. */
  async function putBack(record: StoredRecord): Promise<void> {
    await store.addRecord(record).catch((error: unknown) => emit('store.failed', { error }))
  }

  async function markDenied({ device, clientId, until }: UserCodeData): Promise<void> {
    await add(deniedKey(device), { clientId, until } satisfies DeviceCodeData, until)
  }

  async function end(data: UserCodeData, { grant }: Credential): Promise<void> {
    await markDenied(data)
    await revokeGrants({ grantId: grant.id }, eventOf(grant))
  }

  /**
   * Removes the record of a device code that has a grant now. If it stays, a device whose grant is
   * revoked is told to wait until the code expires.
   */
  async function forget({ device }: UserCodeData): Promise<void> {
    try {
      await store.takeRecord(deviceKey(device))
    } catch (error) {
      emit('store.failed', { error })
    }
  }

  async function stateOf(deviceCode: string, clientId: string, at: number): Promise<DeviceState> {
    const device = deviceCodeHash(deviceCode)
    const [record, denied] = await Promise.all([read(deviceKey(device)), read(deniedKey(device))])
    if (!record) {
      // The request may have been allowed since its grant was looked up: the next poll finds it.
      const isAllowed = await findByHash(device, (found) => found?.grant.clientId === clientId)
      return isAllowed ? 'pending' : 'unknown'
    }
    const data = JSON.parse(record.data) as DeviceCodeData
    if (data.clientId !== clientId) return 'unknown'
    if (denied) return 'denied'
    if (!(data.until > at)) return 'expired'
    return isTooSoon(device, at) ? 'too soon' : 'pending'
  }

  function isTooSoon(device: Hash, at: number): boolean {
    const elapsed = at - (polls.get(device) ?? -Infinity)
    polls.set(device, at)
    // A clock that was set back must not slow a device down.
    return elapsed >= 0 && elapsed < pollSeconds * 1000 - toleratedMs
  }

  async function isDenied(deviceCode: string): Promise<boolean> {
    return (await read(deniedKey(deviceCodeHash(deviceCode)))) !== null
  }

  async function read(key: string): Promise<StoredRecord | null> {
    const record = await store.getRecord(key)
    // Some databases compare without regard to case or trailing spaces.
    return record?.key === key ? record : null
  }

  function add(key: string, data: object, until: number): Promise<boolean> {
    return store.addRecord({ key, data: JSON.stringify(data), expiresAt: until + keptMs })
  }

  return { start, find, allow, deny, stateOf, isDenied }
}

function userCodeKey(userCode: string): string {
  return recordKey('user_code', userCode)
}

function deviceKey(device: Hash): string {
  return recordKey('device_code', device)
}

function deniedKey(device: Hash): string {
  return recordKey('device_denied', device)
}

function userCodeData({ data }: StoredRecord): UserCodeData {
  return JSON.parse(data) as UserCodeData
}
