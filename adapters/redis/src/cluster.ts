import type { GrantRef, Hash } from '@oauth2-kit/core'
import type { Connection } from './connection'
import {
  type Addition,
  type Answer,
  type Families,
  indexesOf,
  ownerArgs,
  scriptArgs,
} from './families'
import { type Keys, nameOf, part } from './schema'
import {
  belongsScript,
  countsScript,
  indexScript,
  putOffScript,
  writeScript,
} from './scripts/elsewhere'
import type { Script } from './scripts/script'
import { dropScript, markRevokedScript } from './scripts/revoke'

const done = new Set(['issued', 'redeemed', 'extended'])

/**
 * Grants on a Cluster, where each key may be on another node. What is added is written first, with a
 * sign that it may not count; then one script at the grant's slot decides. As long as the sign is
 * there, whoever finds the credential asks the grant. A grant is revoked at its slot first; then
 * what is elsewhere goes.
 */
export function onCluster(
  { send, write, run }: Connection,
  keys: Keys,
  retentionMs: number,
): Families {
  /** The hashes that were written; the others exist already. */
  async function writeAll({ credentials }: Addition): Promise<Set<Hash>> {
    const outcomes = await Promise.all(
      credentials.map(({ hash, record, expiresAt }) =>
        run(writeScript, [keys.credential(hash)], [retentionMs, record, expiresAt ?? '']),
      ),
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
    const { grant, isNew } = addition
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
    for (const { hash } of credentials) {
      run(countsScript, [keys.credential(hash)], []).catch(() => {})
    }
  }

  return {
    async belongs(hash, grantId) {
      const own = [keys.grant(grantId), keys.members(grantId)]
      return (await run(belongsScript, own, [part(hash)])) === 'yes'
    },

    async add(addition) {
      const [written, putOff] = await Promise.all([writeAll(addition), indexAll(addition)])
      const where = written.size < addition.credentials.length ? 'taken' : 'written'
      const args = scriptArgs(addition, retentionMs, where)
      const answer = await run<Answer>(addition.script, addition.keys, args)
      const [status, strays] = answer
      await unlink(strays.map(nameOf).filter((hash) => written.has(hash)))
      if (done.has(status)) {
        await putOff()
        settle(addition)
      }
      if (status === 'taken' && addition.isNew) await unindex(addition.grant)
      return answer
    },

    async revoke(id, owner) {
      const own = [keys.grant(id), keys.members(id)]
      const marked = await run<[string, string, string[]] | null>(
        markRevokedScript,
        own,
        ownerArgs(owner),
      )
      if (!marked) return false
      const [client, user, hashes] = marked
      await unlink(hashes.map(nameOf))
      const grant = { id, clientId: nameOf(client), userId: user === '' ? null : nameOf(user) }
      const [dropped] = await Promise.all([
        run(dropScript, own, [keys.made.marks(id)]),
        unindex(grant),
      ])
      return dropped === '1'
    },
  }
}

/** '' = one of them never expires. */
function latestExpiry({ credentials }: Addition): number | '' {
  const expiries = credentials.map(({ expiresAt }) => expiresAt ?? Infinity)
  const latest = Math.max(0, ...expiries)
  return latest === Infinity ? '' : latest
}
