import type { Grant, GrantPage, Hash, Page, Selector } from '@oauth2-kit/core'
import type { Database } from './database'
import { type GrantCommands, type Owner, grantKeys, indexesOf } from './grant-commands'
import { grantPointedTo, toCredential, toGrant } from './rows'
import { type Keys, nameOf, part } from './schema'
import { detachScript } from './scripts/detach'
import { pageScript } from './scripts/page'

/**
 * The maximum number of grants that one page reads, whatever its limit, because the script blocks
 * the server.
 */
const longestPage = 1000

/** The result of the script of a page. */
type PageAnswer = [more: string, score: string, member: string, found: [id: string, ...Members][]]
type Members = (string | null)[]

/** The methods that revoke and list grants. */
export function grantMethods(
  { isCluster, send, write, run, ask }: Database,
  commands: GrantCommands,
  { keys, retentionMs, batchSize }: { keys: Keys; retentionMs: number; batchSize: number },
) {
  /**
   * Resolves with a page of the grants in an index. On a Cluster, each grant is looked up
   * separately.
   */
  async function pageOf(index: string, owner: Owner, { after, limit }: Page): Promise<GrantPage> {
    const position = positionOf(after)
    if (!position) return { grants: [], next: null }
    const args: (string | number)[] = [0, Math.min(limit, longestPage), ...position]
    if (!isCluster) args.push(keys.made.grants)
    const [more, score, member, found] = await ask<PageAnswer>(pageScript, [index], args)
    const grants = isCluster
      ? await Promise.all(found.map(([id]) => commands.getGrant(nameOf(id))))
      : found.map(([id, ...members]) => toGrant(nameOf(id), members))
    return {
      grants: grants.filter((grant) => grant !== null && isOf(grant, owner)) as Grant[],
      next: more === '' ? null : `${score} ${member}`,
    }
  }

  /**
   * Yields the ids in an index, in batches. An id that stays in the index during all of this is
   * yielded at least once.
   */
  async function* idsIn(index: string): AsyncGenerator<string[]> {
    let cursor = '0'
    do {
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

  /** Returns the index that contains the selected grants, and the owner that they must have. */
  function candidates(selector: Exclude<Selector, { grantId: string }>) {
    if ('userId' in selector) {
      const { userId, clientId } = selector
      return { owner: { userId, clientId }, index: keys.ofUser(userId) }
    }
    const { clientId } = selector
    return { owner: { clientId }, index: keys.ofClient(clientId) }
  }

  return {
    async revoke(selector: Selector): Promise<number> {
      if ('grantId' in selector) return Number(await commands.revoke(selector.grantId, {}))
      const { owner, index } = candidates(selector)
      let revoked = 0
      for await (const ids of idsIn(index)) {
        const outcomes = await Promise.all(ids.map((id) => commands.revoke(id, owner)))
        revoked += outcomes.filter(Boolean).length
      }
      return revoked
    },

    async revokeAccessToken(hash: Hash): Promise<void> {
      const key = keys.credential(hash)
      const record = await send<string | null>('get', key)
      if (record === null || grantPointedTo(record) !== null) return
      const { kind, grant } = toCredential(hash, record)
      if (kind !== 'access') return
      // Remove the token first, so that it cannot be found if this call ends before the rest is
      // done.
      await write('unlink', key)
      const own = grantKeys(grant.id, keys)
      if ((await run(detachScript, own, [retentionMs, part(hash)])) === 'kept') return
      const indexes = indexesOf(grant, keys)
      await Promise.all(indexes.map((index) => write('zrem', index, part(grant.id))))
    },

    async listGrants(selector: Selector, page: Page): Promise<GrantPage> {
      if (!('grantId' in selector)) {
        const { owner, index } = candidates(selector)
        return pageOf(index, owner, page)
      }
      const grant = page.after === undefined ? await commands.getGrant(selector.grantId) : null
      return { grants: grant === null ? [] : [grant], next: null }
    },
  }
}

function isOf(grant: Grant, { clientId, userId }: Owner): boolean {
  return (
    (clientId === undefined || grant.clientId === clientId) &&
    (userId === undefined || grant.userId === userId)
  )
}

/**
 * Returns the score and member of the entry that a cursor names, both '' if there is no cursor.
 * Returns `null` if the text is not a cursor.
 */
function positionOf(cursor: string | undefined): string[] | null {
  if (cursor === undefined) return ['', '']
  const [, score, member] = /^(inf|\d+) (\S+)$/.exec(cursor) ?? []
  return score === undefined || member === undefined ? null : [score, member]
}
