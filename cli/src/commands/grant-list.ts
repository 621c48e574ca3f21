import type { Grant, Selector, Store } from '@oauth2-kit/core'
import { assertKeys } from '@oauth2-kit/core/store-kit'
import { type Values, UsageError, number, text } from '../command'
import { shown, table } from '../table'
import type { StoreCommand } from '../with-store'
import { assertMeant, selectorNotes, selectorOf, selectorOptions } from './selector'

const defaultLimit = 100

export const listGrantsCommand: StoreCommand = {
  name: 'grant list',
  summary: 'lists the grants of a user or client, without their codes and tokens',
  positionals: [],
  options: {
    ...selectorOptions,
    limit: {
      type: 'string',
      value: 'NUMBER',
      about: `the most grants that are listed; default: ${defaultLimit}`,
    },
    after: {
      type: 'string',
      value: 'POSITION',
      about: 'continues a list: the "next" of the previous page',
    },
  },
  notes: [
    ...selectorNotes,
    'Expired grants are listed until they are removed. The order is that of the store.',
  ],

  async run({ values }, store) {
    const selector = selectorOf(values, 'list')
    assertKeys({ ...selector })
    const { grants, next } = await listed(store, selector, limitOf(values), text(values, 'after'))
    if (grants.length === 0) await assertMeant(store, selector)
    const infos = grants.map(publicPart)
    const rows = infos.map(({ id, clientId, userId, createdAt, scope }) =>
      [id, clientId, userId, createdAt, scope].map(shown),
    )
    const lines = [
      rows.length === 0
        ? 'There are no such grants.'
        : table([['ID', 'CLIENT', 'USER', 'CREATED', 'SCOPE'], ...rows]),
      ...(next === null ? [] : [`There may be more: add --after=${next}`]),
    ]
    return { json: { grants: infos, next }, text: lines.join('\n') }
  },
}

/** Resolves with a full page, although a page of the store may have fewer grants, or none. */
async function listed(
  store: Store,
  selector: Selector,
  limit: number,
  after: string | undefined,
): Promise<{ grants: Grant[]; next: string | null }> {
  const grants: Grant[] = []
  let next: string | null | undefined = after
  while (next !== null && grants.length < limit) {
    const page: Awaited<ReturnType<Store['listGrants']>> = await store.listGrants(selector, {
      limit: Math.min(limit - grants.length, defaultLimit),
      ...(next !== undefined && { after: next }),
    })
    grants.push(...page.grants)
    next = page.next
  }
  return { grants, next: next ?? null }
}

/**
 * Returns what identifies a grant and what it allows. Leaves out the rest of its data: the
 * application may keep secrets there.
 */
function publicPart({ id, clientId, userId, createdAt, data }: Grant) {
  const { scope, resource, until } = parsed(data)
  return {
    id,
    clientId,
    userId,
    createdAt: new Date(createdAt).toISOString(),
    ...(typeof scope === 'string' && { scope }),
    ...(Array.isArray(resource) && { resource: resource.map(String) }),
    ...(typeof until === 'number' && { until: new Date(until).toISOString() }),
  }
}

function parsed(data: string): Record<string, unknown> {
  const value: unknown = data === '' ? {} : JSON.parse(data)
  return (value ?? {}) as Record<string, unknown>
}

function limitOf(values: Values): number {
  const limit = number(values, 'limit') ?? defaultLimit
  if (Number.isSafeInteger(limit) && limit > 0) return limit
  throw new UsageError('--limit must be a whole number, 1 or more')
}
