import { withCode } from '@oauth2-kit/core/store-kit'
import type { Grant, GrantPage, Page, Selector } from '@oauth2-kit/core'
import type { Connection } from './connection'
import type { GrantCommands, Owner } from './grant-commands'
import { grantOf } from './rows'
import { type Keys, nameOf } from './schema'
import { pageScript } from './scripts/page'

/**
 * The most grants that one page reads, whatever its limit, because the script blocks the server.
 */
const longestPage = 1000

/** The result of the script of a page. */
type PageAnswer = [more: string, score: string, member: string, found: [id: string, ...Members][]]
type Members = (string | null)[]

/** The methods that work on all grants of a client or user. */
export function grantsOf(
  { isCluster, send, ask }: Connection,
  commands: GrantCommands,
  keys: Keys,
  batchSize: number,
) {
  /**
   * Resolves with a page of the grants in an index. On a Cluster each grant is a look-up of its
   * own.
   */
  async function pageOf(index: string, owner: Owner, { after, limit }: Page): Promise<GrantPage> {
    const args: (string | number)[] = [0, Math.min(limit, longestPage), ...positionOf(after)]
    if (!isCluster) args.push(keys.made.grants)
    const [more, score, member, found] = await ask<PageAnswer>(pageScript, [index], args)
    const grants = isCluster
      ? await Promise.all(found.map(([id]) => commands.getGrant(nameOf(id))))
      : found.map(([id, ...members]) => grantOf(nameOf(id), members))
    return {
      grants: grants.filter((grant) => grant !== null && isOf(grant, owner)) as Grant[],
      next: more === '' ? null : `${score} ${member}`,
    }
  }

  /**
   * Yields the ids in an index, in batches. An id that is in it the whole time is yielded at least
   * once.
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

  /** Returns the index that has the selected grants, and the owner that they must have. */
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
 * Returns the score and member of the entry that a cursor names; '' = none. Throws a TypeError if
 * the text is not a cursor.
 */
function positionOf(cursor: string | undefined): string[] {
  if (cursor === undefined) return ['', '']
  const [, score, member] = /^(inf|\d+) (\S+)$/.exec(cursor) ?? []
  if (score === undefined || member === undefined) {
    throw withCode(
      'OAUTH2_KIT_OPTION',
      new TypeError('"after" must be the "next" of a page of grants'),
    )
  }
  return [score, member]
}
