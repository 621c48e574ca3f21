import type { Credential, Grant, GrantRef, NewCredential } from '@oauth2-kit/core'
import { type Difference, differencesOf } from './difference'
import { asFound } from './given'
import { thrown } from './guard/limits'
import { counted } from './difference/times'

/** Something wrong that a case didn't check, such as a result that differs from what was written. */
export interface Observation {
  readonly method: string
  readonly differences: readonly Difference[]
  /** A sentence, as in `find() returned "data" cut after 255 of 412 characters`. */
  readonly text: string
}

/** One attempt to write a value. */
interface Attempt {
  value: object
  method: string
  store: object
  /** The place of its acknowledgement among all of the case. */
  place: number
}

/** What was written under one key. */
interface Written {
  acknowledged: Attempt[]
  /** Calls that have not ended, or whose result is unknown because they were rejected. */
  doubtful: number
}

/** Ends the observation of one call. */
export interface Watch {
  resolved(answer: unknown): void
  rejected(error: unknown): void
}

type Entry = [key: string, value: object]

const most = 3
const mostKeys = 2000

/** The entries that a call writes if it succeeds. */
const writes: Readonly<Record<string, ((...args: never[]) => Entry[]) | undefined>> = {
  issue: (grant: Grant, made: NewCredential[]) => [
    [`grant ${grant.id}`, grant],
    ...credentials(grant, made),
  ],
  redeem: (old: Credential, made: NewCredential[]) => credentials(old.grant, made),
  extend: (grant: GrantRef, made: NewCredential[]) => credentials(grant, made),
  createClient: (client: { id: string }) => [[`client ${client.id}`, client]],
  updateClient: (client: { id: string }) => [[`client ${client.id}`, client]],
  createUser: (user: { id: string }) => [[`user ${user.id}`, user]],
  updateUser: (user: { id: string }) => [[`user ${user.id}`, user]],
  addRecord: (record: { key: string }) => [[`record ${record.key}`, record]],
}

/** The key of what a call reads. */
const reads: Readonly<Record<string, string | undefined>> = {
  find: 'credential',
  getClient: 'client',
  getUser: 'user',
  getRecord: 'record',
  takeRecord: 'record',
}

/** The lists of entries, each with its id, in the results of these calls. */
const lists: Readonly<Record<string, ((answer: never) => unknown) | undefined>> = {
  listGrants: (page: { grants: unknown } | null | undefined) => page?.grants,
  listClients: (found: unknown) => found,
  listUsers: (found: unknown) => found,
  getUserByUsername: (found: unknown) => [found],
}
const kinds: Readonly<Record<string, string>> = {
  listGrants: 'grant',
  listClients: 'client',
  listUsers: 'user',
  getUserByUsername: 'user',
}

/** After one of these, a result of null can be right. */
const removals: ReadonlySet<string> = new Set([
  'revoke',
  'revokeAccessToken',
  'deleteClient',
  'deleteUser',
  'purge',
  'takeRecord',
])

/**
 * Compares what a store returns with what the same case has written. What a case writes more than
 * once, or in parallel, is left out: its own checks know which write must win.
 */
export class Observed {
  private readonly written = new Map<string, Written>()
  private readonly redeemed = new Map<string, { attempt: unknown; store: object }>()
  private readonly observations: Observation[] = []
  private readonly rejections: Observation[] = []
  private removes = false
  private acknowledgements = 0

  /** Returns the first observations. Rejections count only if the case could not see them. */
  found(hidden: boolean): Observation[] {
    return [...this.observations, ...(hidden ? this.rejections : [])].slice(0, most)
  }

  /** Observes one call of the store. */
  watch(method: string, args: readonly unknown[], store: object): Watch {
    const entries = entriesOf(method, args).map(([key, value]) => ({ key, value, method, store }))
    for (const { key } of entries) this.writtenUnder(key).doubtful++
    const compare = this.startReading(method, args, store)
    const redemption = this.startRedemption(method, args, store)
    if (removals.has(method)) this.removes = true
    return {
      resolved: (answer) => {
        for (const { key, ...attempt } of entries) {
          const written = this.writtenUnder(key)
          written.doubtful--
          if (!isAcknowledged(answer)) continue
          written.acknowledged.push({ ...attempt, place: ++this.acknowledgements })
        }
        // After three observations, nothing more is kept.
        if (this.observations.length >= most) return
        try {
          compare?.(answer)
          redemption?.(answer)
        } catch {
          // The case itself must judge a result that can't even be read.
        }
      },
      rejected: (error) => {
        const text = `${method}() rejected with ${thrown(error)}`
        this.note(this.rejections, { method, differences: [], text })
      },
    }
  }

  private writtenUnder(key: string): Written {
    const known = this.written.get(key) ?? { acknowledged: [], doubtful: 0 }
    this.written.set(key, known)
    if (this.written.size > mostKeys) this.written.delete(this.written.keys().next().value!)
    return known
  }

  private startReading(
    method: string,
    args: readonly unknown[],
    store: object,
  ): ((answer: unknown) => void) | undefined {
    const started = this.acknowledgements
    const kind = reads[method]
    if (kind !== undefined && typeof args[0] === 'string') {
      const key = `${kind} ${args[0]}`
      const mayBeGone = this.removes
      return (answer) => {
        const written = this.certain(key, started)
        if (!written) return
        if ((answer ?? null) !== null) this.compare(method, answer, written.value)
        else if (!mayBeGone && !this.removes && written.store === store)
          this.noteLoss(method, written)
      }
    }
    const list = lists[method]
    if (!list) return undefined
    return (answer) => {
      const found = list(answer as never)
      for (const one of Array.isArray(found) ? found : []) {
        const { id } = (one ?? {}) as { id?: unknown }
        const written = this.certain(`${kinds[method]} ${String(id)}`, started)
        if (written) this.compare(method, one, written.value)
      }
    }
  }

  /**
   * Returns what was written under the key, if exactly one write can have been the last one and it
   * was acknowledged before the read has started.
   */
  private certain(key: string, started: number): Attempt | undefined {
    const written = this.written.get(key)
    if (!written || written.doubtful !== 0 || written.acknowledged.length !== 1) return undefined
    const [attempt] = written.acknowledged
    return attempt!.place <= started ? attempt : undefined
  }

  private compare(method: string, answer: unknown, value: object): void {
    const { hash, data } = value as Partial<Credential>
    const isEmptied =
      hash !== undefined && this.redeemed.has(hash) && (answer as Credential).data === ''
    const wanted = isEmptied && data !== undefined ? { ...value, data: '' } : value
    const differences = differencesOf(answer, wanted)
    if (differences.length === 0) return
    const named = differences.slice(0, 2).map(returned)
    const left = differences.length - named.length
    const more = left > 0 ? [`and ${counted(left)} more differences`] : []
    const text = `${method}() returned ${[...named, ...more].join('; ')}`
    this.note(this.observations, { method, differences, text })
  }

  private noteLoss(method: string, entry: Attempt): void {
    const text = `null for what ${entry.method}() had written`
    this.note(this.observations, {
      method,
      differences: [{ path: '', kind: 'null', text }],
      text: `${method}() returned ${text}`,
    })
  }

  private startRedemption(
    method: string,
    args: readonly unknown[],
    store: object,
  ): ((answer: unknown) => void) | undefined {
    const [old, made] = args as [{ hash?: unknown } | undefined, NewCredential[] | undefined]
    if ((method !== 'redeem' && method !== 'isRedeemed') || typeof old?.hash !== 'string')
      return undefined
    const { hash } = old
    const before = this.redeemed.get(hash)
    if (method === 'isRedeemed') {
      return (answer) => {
        if (answer === false && before?.store === store && !this.removes)
          this.noteValue(method, 'false for a credential that redeem() had redeemed')
      }
    }
    const attempt = made?.[0]?.hash
    return (answer) => {
      if ((answer as { status?: unknown } | null)?.status !== 'redeemed') return
      const winner = this.redeemed.get(hash)
      if (winner?.store === store && winner.attempt !== attempt)
        this.noteValue(method, '"redeemed" to two attempts on one credential')
      this.redeemed.set(hash, winner ?? { attempt, store })
    }
  }

  private noteValue(method: string, text: string): void {
    this.note(this.observations, {
      method,
      differences: [{ path: '', kind: 'value', text }],
      text: `${method}() returned ${text}`,
    })
  }

  private note(list: Observation[], one: Observation): void {
    if (list.length < most && !list.some(({ text }) => text === one.text)) list.push(one)
  }
}

/** Describes a difference as the result of a call. */
function returned({ path, kind, text }: Difference): string {
  if (path === '') return text
  if (kind === 'missing') return `no "${path}" (${text.replace('missing, ', '')})`
  return `"${path}" ${text.replace(/^got /, '')}`
}

/** Returns copies of the entries, because a case can change what it has passed. */
function entriesOf(method: string, args: readonly unknown[]): Entry[] {
  const entries = writes[method]
  if (!entries) return []
  try {
    return entries(...(args as never[])).map(([key, value]) => [key, structuredClone(value)])
  } catch {
    // Some cases pass values that are no entries at all.
    return []
  }
}

function credentials(grant: GrantRef, made: readonly NewCredential[]): Entry[] {
  return made.map((one) => [`credential ${one.hash}`, asFound(one, grant)])
}

function isAcknowledged(answer: unknown): boolean {
  if (answer === 'refused' || answer === 'revoked') return false
  if (typeof answer !== 'object' || answer === null) return Boolean(answer)
  return (answer as { status?: unknown }).status === 'redeemed'
}
