import type { Credential, GrantRef, Hash } from '@oauth2-kit/core'
import type { Connection } from './connection'
import {
  type Addition,
  type Answer,
  type GrantCommands,
  grantKeys,
  indexesOf,
  revokeArgs,
  scriptArgs,
} from './grant-commands'
import { credentialOf, grantMembers, grantOf, grantPointedTo, isPending, pointerTo } from './rows'
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
 * Grants on a Cluster, where each key may be on another node. What is added is written first, with a
 * sign that it may not count; then one script at the grant's slot decides. As long as the sign is
 * there, whoever finds the credential asks the grant. A grant is revoked at its slot first; then
 * what is elsewhere goes.
 *
 * An answer is the exception, since all attempts to redeem a token have one hash for it: it is at the
 * grant's slot, where that script writes the winner's. Under its hash is only which grant that is.
 *
 * A new grant is in its indexes before it is committed, and its client and user are looked at after
 * that. A deletion removes those first, and then revokes what the index has. So one of the two sees
 * the other. Until then the grant is unsure, and whoever finds something of it looks for itself.
 */
export function onCluster(
  { send, write, run, ask }: Connection,
  keys: Keys,
  retentionMs: number,
): GrantCommands {
  /** The hashes that were written; the others exist already. */
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
   * Indexes the grant before it is known whether the credentials count, for it must not be without
   * an index. Gives what is to do once they do: what has no end is put off only then, or an attempt
   * that is lost would stay for ever.
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

  /** Saves the next one who finds them a question. Nothing depends on it, so nobody waits for it. */
  function settle({ credentials }: Addition): void {
    for (const { hash, isAnswer } of credentials) {
      if (!isAnswer) run(countsScript, [keys.credential(hash)], []).catch(() => {})
    }
  }

  /** Saves memory. Nothing depends on it either. */
  function empty(hash: string): void {
    run(emptyScript, [keys.credential(nameOf(hash))], []).catch(() => {})
  }

  /** Whether what a grant was issued on still holds: the version of its client, and its user. */
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
    const answer = credentialOf(hash, record)
    return (await isSure(answer.grant, word)) ? answer : null
  }

  /** Whether a grant counts, by the word of a script: see `belongsScript`. */
  async function isSure(grant: GrantRef, word: string): Promise<boolean> {
    return word === '' || holds(grant, word.slice(1))
  }

  function assure(id: string): Promise<unknown> {
    return write('hdel', keys.grant(id), 'w')
  }

  /** Runs the script of an addition, also on a grant that is unsure at first. */
  async function decide(addition: Addition, args: (string | number)[]): Promise<Answer> {
    const { script, grant, credentials } = addition
    const answers = credentials.filter(({ isAnswer }) => isAnswer)
    const own = [...addition.keys, ...answers.map(({ hash }) => keys.answer(grant.id, hash))]
    const answer = await run<Answer>(script, own, args)
    const [status, strays, version] = answer
    if (status !== 'unsure') return answer
    if (await holds(grant, version!)) {
      await assure(grant.id)
      return run<Answer>(script, own, args)
    }
    await revoke(grant.id, revokeArgs({}))
    return ['revoked', strays]
  }

  /** Revokes up to so many credentials of a grant: 'more' = there are others. */
  async function revokeSome(id: string, args: (string | number)[]): Promise<string> {
    const own = grantKeys(id, keys)
    const killed = await run<[string, string, string, string[]] | null>(killScript, own, args)
    if (!killed) return 'gone'
    const [client, user, more, hashes] = killed
    await unlink(hashes.map(nameOf))
    const grant = { id, clientId: nameOf(client), userId: user === '' ? null : nameOf(user) }
    const [dropped] = await Promise.all([
      run<string>(dropScript, own, [keys.made.marks(id), keys.made.answers(id), ...hashes]),
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
      const credential = credentialOf(hash, text)
      return !isPending(text) || (await belongs(credential)) ? credential : null
    },

    async getGrant(id) {
      const names = [...grantMembers, 'w']
      const members = await send<(string | null)[]>('hmget', keys.grant(id), ...names)
      const grant = grantOf(id, members)
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
          assure(grant.id).catch(() => {})
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

/** '' = one of them never expires. */
function latestExpiry({ credentials }: Addition): number | '' {
  const expiries = credentials.map(({ expiresAt }) => expiresAt ?? Infinity)
  const latest = Math.max(0, ...expiries)
  return latest === Infinity ? '' : latest
}
