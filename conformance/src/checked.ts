import type {
  Client,
  Credential,
  Finding,
  Grant,
  IssueConditions,
  NewCredential,
  Selector,
  Store,
  User,
} from '@oauth2-kit/core'
import { Failure, equal, holds } from './expect'

/** More pages than the grants of any case fill, even with one grant per page. */
const mostPages = 2000

// Calls that must succeed before their case can continue. Each rejects with a Failure otherwise.

/** Creates the client. */
export async function creates(store: Store, client: Client): Promise<void> {
  equal(await store.createClient(client), true, 'createClient of a new id')
}

/** Replaces the client that has that version. */
export async function updates(store: Store, client: Client, version: string): Promise<void> {
  equal(await store.updateClient(client, version), true, 'updateClient of the current version')
}

/** Creates the user. */
export async function createsUser(store: Store, user: User): Promise<void> {
  equal(await store.createUser?.(user), true, 'createUser of a new id and username')
}

/** Issues the grant. */
export async function issues(
  store: Store,
  grant: Grant,
  credentials: NewCredential[],
  conditions: IssueConditions = {},
): Promise<void> {
  equal(await store.issue(grant, credentials, conditions), 'issued', 'issue')
}

/** Redeems the credential. */
export async function redeems(store: Store, old: Credential, made: NewCredential[]): Promise<void> {
  equal(await store.redeem(old, made), { status: 'redeemed' }, 'redeem')
}

/**
 * Resolves with the grants of all pages, each once, sorted by id: a store lists them in its own
 * order and may repeat one. Fails if a page is too long or the pages never end.
 */
export async function grantsOf(store: Store, selector: Selector, limit = 100): Promise<Grant[]> {
  const found = new Map<string, Grant>()
  const cursors = new Set<string>()
  for (let after: string | null | undefined, pages = 0; after !== null; pages++) {
    holds(pages < mostPages, `The pages of listGrants never end: it returned ${mostPages} of them`)
    const page = await store.listGrants(
      selector,
      after === undefined ? { limit } : { after, limit },
    )
    holds(page.grants.length <= limit, `A page of ${limit} has ${page.grants.length} grants`)
    for (const grant of page.grants) found.set(grant.id, grant)
    after = page.next
    holds(
      after === null || (typeof after === 'string' && !cursors.has(after)),
      'The pages of listGrants never end: "next" repeats, or is neither a string nor null',
    )
    if (after !== null) cursors.add(after)
  }
  return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Fails unless the result of `check()` is an empty list. Shows the text of the first finding. */
export function noFindings(findings: readonly Finding[], what: string): void {
  const [first, ...more] = Array.isArray(findings) ? (findings as readonly Finding[]) : []
  if (typeof first?.problem !== 'string') return equal(findings, [], what)
  const rest = more.length > 0 ? `, and ${more.length} more` : ''
  throw new Failure(`${what} returned the finding "${first.problem}"${rest}, expected none`)
}
