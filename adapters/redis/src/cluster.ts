import type { Credential, GrantRef, Hash } from '@oauth2-kit/core'
import type { Database } from './database'
import {
  type Addition,
  type Answer,
  type GrantCommands,
  grantKeys,
  indexesOf,
  revokeArgs,
  scriptArgs,
} from './grant-commands'
import { toCredential, grantMembers, toGrant, grantPointedTo, isPending, pointerTo } from './rows'
import { type Keys, nameOf, part } from './schema'
import {
  answerScript,
  belongsScript,
  countsScript,
  indexScript,
  pointScript,
  putOffScript,
  writeScript,
} from './scripts/elsewhere'
import type { Script } from './scripts/script'
import { emptyScript } from './scripts/redeem'
import { dropScript, killScript } from './scripts/revoke'

const done = new Set(['issued', 'redeemed', 'extended'])

/**
 * Grants on a Cluster, where each key may be on another node. New credentials are written first and
 * marked as pending. Then one script at the grant's slot decides whether they count. While a
 * credential is pending, `find` reads its grant too. A revocation first revokes the grant at its
 * slot, then removes its keys in other slots.
 *
 * Sealed answers are the exception, because all attempts to redeem a token use the same hash for
 * their answers. The script writes the answer of the winner at the grant's slot. Under the hash of
 * the answer there is only a pointer to the grant.
 *
 * A new grant is added to its indexes before it is committed, and its client and user are checked
 * after that. A deletion first removes the client or marks the user, and then revokes the grants in
 * the index. So either the check finds the deletion, or the deletion finds the grant. Until the
 * check is done, the grant is 'unsure', and every reader checks its client and user itself.
 */
export function onCluster(
  { send, write, run, ask }: Database,
  keys: Keys,
  retentionMs: number,
): GrantCommands {
  /**
   * Writes the credentials. Resolves with the hashes that were written; the others exist already.
   */
  async function writeAll({ credentials, grant }: Addition): Promise<Set<Hash>> {
    const outcomes = await Promise.all(
      credentials.map(({ hash, record, expiresAt, keptMs, isAnswer }) => {
        const [script, text] = isAnswer ? [pointScript, pointerTo(grant.id)] : [writeScript, record]
        return run(script, [keys.credential(hash)], [keptMs, text, expiresAt ?? ''])
      }),
    )
    const written = credentials.filter((_, at) => outcomes[at] === 'written')
    return new Set(written.map(({ hash }) => hash))
  }

  /**
   * Indexes the grant before it is known whether the credentials count, because a grant must never
   * be without an index entry. Resolves with a function to call once they count. If a credential
   * never expires, this function changes the index entries of an existing grant, so that an attempt
   * that lost does not leave an entry that stays forever.
   */
  async function indexAll(addition: Addition): Promise<() => Promise<unknown>> {
    const { grant } = addition
    const isNew = addition.version !== undefined
    const indexes = indexesOf(grant, keys)
    const args = [retentionMs, part(grant.id), latestExpiry(addition)]
    const onAll = (script: Script, some: string[]) =>
      Promise.all(some.map((index) => run(script, [index], args)))
    if (isNew || latestExpiry(addition) !== '') {
      await onAll(isNew ? indexScript : putOffScript, indexes)
      return async () => {}
    }
    const ends = await Promise.all(indexes.map((index) => send('zscore', index, part(grant.id))))
    return () =>
      onAll(
        putOffScript,
        indexes.filter((_, at) => ends[at] !== 'inf'),
      )
  }

  async function unlink(hashes: readonly Hash[]): Promise<void> {
    await Promise.all(hashes.map((hash) => write('unlink', keys.credential(hash))))
  }

  async function unindex(grant: GrantRef): Promise<void> {
    const indexes = indexesOf(grant, keys)
    await Promise.all(indexes.map((index) => write('zrem', index, part(grant.id))))
  }

  /**
   * Removes the pending marks, which saves later readers a request. Nothing depends on it, so it is
   * not awaited.
   */
  function settle({ credentials }: Addition): void {
    for (const { hash, isAnswer } of credentials) {
      if (!isAnswer) run(countsScript, [keys.credential(hash)], []).catch(() => {})
    }
  }

  /** Removes data that is no longer needed. Nothing depends on it, so it is not awaited. */
  function empty(hash: string): void {
    run(emptyScript, [keys.credential(nameOf(hash))], []).catch(() => {})
  }

  /** Resolves with whether the client still has this version and the user is not deleted. */
  async function holds({ clientId, userId }: GrantRef, version: string): Promise<boolean> {
    const client = keys.client(clientId)
    const [begin, deleted] = await Promise.all([
      version === '' ? '' : send<string>('getrange', client, 0, version.length - 1),
      userId === null ? 0 : send<number>('exists', keys.deletedUser(userId)),
    ])
    return begin === version && deleted === 0
  }

  async function belongs({ hash, grant }: Credential): Promise<boolean> {
    const word = await ask<string | null>(belongsScript, grantKeys(grant.id, keys), [part(hash)])
    return word !== null && isSure(grant, word)
  }

  async function findAnswer(hash: Hash, grantId: string): Promise<Credential | null> {
    const own = [keys.grant(grantId), keys.answer(grantId, hash)]
    const found = await ask<[string, string] | null>(answerScript, own, [])
    if (!found) return null
    const [record, word] = found
    const answer = toCredential(hash, record)
    return (await isSure(answer.grant, word)) ? answer : null
  }

  /** Resolves with whether a grant counts, by the result of a script: see `belongsScript`. */
  async function isSure(grant: GrantRef, word: string): Promise<boolean> {
    return word === '' || holds(grant, word.slice(1))
  }

  /** Records that the client and the user of a grant were checked. */
  function confirm(id: string): Promise<unknown> {
    return write('hdel', keys.grant(id), 'w')
  }

  /**
   * Runs the script of an addition. If the grant is unsure, checks the grant and runs the script
   * again.
   */
  async function decide(addition: Addition, args: (string | number)[]): Promise<Answer> {
    const { script, grant, credentials } = addition
    const answers = credentials.filter(({ isAnswer }) => isAnswer)
    const own = [...addition.keys, ...answers.map(({ hash }) => keys.answer(grant.id, hash))]
    const answer = await run<Answer>(script, own, args)
    const [status, strays, version] = answer
    if (status !== 'unsure') return answer
    if (await holds(grant, version!)) {
      await confirm(grant.id)
      return run<Answer>(script, own, args)
    }
    await revoke(grant.id, revokeArgs({}))
    return ['revoked', strays]
  }

  /** Revokes one batch of a grant's credentials. Resolves with 'more' if there are others. */
  async function revokeSome(id: string, args: (string | number)[]): Promise<string> {
    const own = grantKeys(id, keys)
    const killed = await run<[string, string, string, string[]] | null>(killScript, own, args)
    if (!killed) return 'gone'
    const [client, user, more, hashes] = killed
    await unlink(hashes.map(nameOf))
    const grant = { id, clientId: nameOf(client), userId: user === '' ? null : nameOf(user) }
    const [dropped] = await Promise.all([
      run<string>(dropScript, own, [keys.made.answers(id), ...hashes]),
      more === '' ? unindex(grant) : undefined,
    ])
    return dropped
  }

  async function revoke(id: string, args: (string | number)[]): Promise<boolean> {
    let outcome: string
    do {
      outcome = await revokeSome(id, args)
    } while (outcome === 'more')
    return outcome === 'revoked'
  }

  return {
    async find(hash) {
      const text = await send<string | null>('get', keys.credential(hash))
      if (text === null) return null
      const grantId = grantPointedTo(text)
      if (grantId !== null) return findAnswer(hash, grantId)
      const credential = toCredential(hash, text)
      return !isPending(text) || (await belongs(credential)) ? credential : null
    },

    async getGrant(id) {
      const names = [...grantMembers, 'w']
      const members = await send<(string | null)[]>('hmget', keys.grant(id), ...names)
      const grant = toGrant(id, members)
      const version = members.at(-1)
      const isSure = version === null || version === undefined
      return grant === null || isSure || (await holds(grant, version)) ? grant : null
    },

    async add(addition) {
      const [written, putOff] = await Promise.all([writeAll(addition), indexAll(addition)])
      const where = written.size < addition.credentials.length ? 'taken' : 'written'
      const args = scriptArgs(addition, retentionMs, where)
      const answer = await decide(addition, args)
      const [status, strays, emptied] = answer
      await unlink(strays.map(nameOf).filter((hash) => written.has(hash)))
      if (done.has(status)) {
        await putOff()
        const { grant, version } = addition
        if (version !== undefined) {
          if (!(await holds(grant, version))) {
            await revoke(grant.id, revokeArgs({}))
            return ['refused', []]
          }
          confirm(grant.id).catch(() => {})
        }
        settle(addition)
        if (emptied) empty(emptied)
      }
      if (status === 'taken' && addition.version !== undefined) await unindex(addition.grant)
      return answer
    },

    revoke: (id, owner) => revoke(id, revokeArgs(owner)),
  }
}

/** Returns the latest expiry, or '' if one of the credentials never expires. */
function latestExpiry({ credentials }: Addition): number | '' {
  const expiries = credentials.map(({ expiresAt }) => expiresAt ?? Infinity)
  const latest = Math.max(0, ...expiries)
  return latest === Infinity ? '' : latest
}
