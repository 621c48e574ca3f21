import { withCode } from '@oauth2-kit/core/store-kit'
import type { Cluster, Redis } from 'ioredis'
import type { Script } from './scripts/script'

/** What `redisStore()` works with: the caller's own client, of one node or of a Cluster. */
export type RedisClient = Redis | Cluster

/** How many replicas must have a write before it counts, and how long they may take. */
export interface Replicas {
  count: number
  milliseconds: number
}

type Arguments = readonly (string | number)[]
type Outcome = [error: Error | null, result: unknown]

/** The commands of a store, by the caller's client. */
export type Connection = ReturnType<typeof connection>

/** Sends commands by the caller's client, which it leaves as it is. */
export function connection(client: RedisClient, replicas: Replicas) {
  function send<T>(name: string, ...args: Arguments): Promise<T> {
    return (client.call(name, ...args) as Promise<T>).catch(rethrow)
  }

  /** A write, which rejects unless enough replicas have it. */
  function write<T>(name: string, ...args: Arguments): Promise<T> {
    return replicas.count === 0 ? send(name, ...args) : writeAndWait(name, args)
  }

  async function writeAndWait<T>(name: string, args: Arguments): Promise<T> {
    const [error, result] = await together(name, args)
    if (!error) return result as T
    if (!isRedirection(error)) return rethrow(error)
    // ioredis follows a slot that has moved for a command alone, not for one with WAIT behind it.
    const redirected = await send<T>(name, ...args)
    const [again] = await together(name, args)
    return again ? rethrow(again) : redirected
  }

  /**
   * In one pipeline, so that WAIT never reaches another connection than the write did: there it
   * would wait for nothing.
   */
  async function together(name: string, args: Arguments): Promise<Outcome> {
    const outcomes = await client
      .pipeline([
        [name, ...args],
        ['wait', replicas.count, replicas.milliseconds],
      ])
      .exec()
    const [written, waited] = outcomes ?? []
    if (!written || !waited) throw withCode('OAUTH2_KIT_STORE', new Error('Redis gave no answer'))
    if (written[0]) return written
    if (waited[0]) return waited
    const count = Number(waited[1])
    if (count >= replicas.count) return written
    const of = `${count} of ${replicas.count} replicas`
    return [
      withCode(
        'OAUTH2_KIT_STORE',
        new Error(`${of} had the write within ${replicas.milliseconds} ms`),
      ),
      null,
    ]
  }

  /** Runs a script that writes, and loads it where the server doesn't know it. */
  function run<T>(script: Script, keys: readonly string[], args: Arguments): Promise<T> {
    return evaluate<T>(write, script, [keys.length, ...keys, ...args])
  }

  /** Runs a script that only reads: no replica is waited for. */
  function ask<T>(script: Script, keys: readonly string[], args: Arguments): Promise<T> {
    return evaluate<T>(send, script, [keys.length, ...keys, ...args])
  }

  async function evaluate<T>(via: typeof send, script: Script, rest: Arguments): Promise<T> {
    try {
      return await via<T>('evalsha', script.sha, ...rest)
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return via<T>('eval', script.text, ...rest)
    }
  }

  return { isCluster: isCluster(client), send, write, run, ask }
}

/** Whether the client is that of a Cluster. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster
}

/** ioredis adds the command with all of its arguments to an error: they belong in no log. */
function rethrow(error: unknown): never {
  if (error instanceof Error && 'command' in error) delete error.command
  throw error
}

function isRedirection({ message }: Error): boolean {
  return /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /.test(message)
}
