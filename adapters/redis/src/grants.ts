import type { Grant, Page, Selector } from '@oauth2-kit/core'
import type { Connection } from './connection'
import type { Families, Owner } from './families'
import { grantMembers, grantOf } from './rows'
import { type Keys, nameOf } from './schema'

/** What goes over all grants of a client or user. */
export function grantsOf({ send }: Connection, families: Families, keys: Keys, batchSize: number) {
  async function getGrant(id: string, { clientId, userId }: Owner): Promise<Grant | null> {
    const members = await send<(string | null)[]>('hmget', keys.grant(id), ...grantMembers)
    const grant = grantOf(id, members)
    if (clientId !== undefined && grant?.clientId !== clientId) return null
    return userId !== undefined && grant?.userId !== userId ? null : grant
  }

  /** The ids in an index, some at a time: each that was there all the while at least once. */
  async function* idsIn(index: string): AsyncGenerator<string[]> {
    let cursor = '0'
    do {
      // oxlint-disable-next-line no-await-in-loop -- the next batch begins where this one ends
      const [next, entries] = await send<[string, string[]]>(
        'zscan',
        index,
        cursor,
        'COUNT',
        batchSize,
      )
      const ids = entries.filter((_, at) => at % 2 === 0).map(nameOf)
      for (let at = 0; at < ids.length; at += batchSize) yield ids.slice(at, at + batchSize)
      cursor = next
    } while (cursor !== '0')
  }

  /** The grants that may be meant, and whose they must be. */
  function candidates(selector: Selector): { owner: Owner; batches: AsyncIterable<string[]> } {
    if ('grantId' in selector) {
      return { owner: {}, batches: one(selector.grantId) }
    }
    if ('userId' in selector) {
      const { userId, clientId } = selector
      return { owner: { userId, clientId }, batches: idsIn(keys.ofUser(userId)) }
    }
    const { clientId } = selector
    return { owner: { clientId }, batches: idsIn(keys.ofClient(clientId)) }
  }

  return {
    async revoke(selector: Selector): Promise<number> {
      const { owner, batches } = candidates(selector)
      let revoked = 0
      for await (const ids of batches) {
        const outcomes = await Promise.all(ids.map((id) => families.revoke(id, owner)))
        revoked += outcomes.filter(Boolean).length
      }
      return revoked
    },

    async listGrants(selector: Selector, { after = '', limit }: Page): Promise<Grant[]> {
      const grants: Grant[] = []
      let from = after
      while (grants.length < limit) {
        const { owner, batches } = candidates(selector)
        const wanted = Math.max(limit - grants.length, batchSize)
        // oxlint-disable no-await-in-loop -- what is gone is still in the index, and makes up for no place
        const ids = await firstIds(batches, from, wanted)
        const found = await Promise.all(ids.map((id) => getGrant(id, owner)))
        // oxlint-enable no-await-in-loop
        grants.push(...found.filter((grant) => grant !== null))
        if (ids.length < wanted) break
        from = ids.at(-1)!
      }
      return grants.slice(0, limit)
    },
  }
}

async function* one(id: string): AsyncGenerator<string[]> {
  yield [id]
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** The first ids of those batches behind that one, in their order. */
async function firstIds(batches: AsyncIterable<string[]>, after: string, limit: number) {
  let first: string[] = []
  for await (const batch of batches) {
    const more = batch.filter((id) => id > after)
    // oxlint-disable-next-line unicorn/no-array-sort -- a new array
    first = [...new Set([...first, ...more])].sort(byCodeUnit).slice(0, limit)
  }
  return first
}
