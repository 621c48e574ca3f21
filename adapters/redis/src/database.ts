import { withCode } from '@oauth2-kit/core/store-kit'
import type { Cluster, Redis } from 'ioredis'
import type { Script } from './scripts/script'

/** The client of the caller, for a single node or a Cluster. */
export type RedisClient = Redis | Cluster

/** How many replicas must acknowledge a write, and how long to wait for them. */
export interface Replicas {
  count: number
  milliseconds: number
}

type Arguments = readonly (string | number)[]
type Outcome = [error: Error | null, result: unknown]

/** The functions by which a store sends commands. */
export type Database = ReturnType<typeof openDatabase>

/**
 * Returns functions that send commands through the client of the caller. The client is not changed.
 */
export function openDatabase(client: RedisClient, replicas: Replicas) {
  function send<T>(name: string, ...args: Arguments): Promise<T> {
    return (client.call(name, ...args) as Promise<T>).catch(rethrow)
  }

  /** Sends a write. Rejects unless enough replicas have acknowledged it. */
  function write<T>(name: string, ...args: Arguments): Promise<T> {
    return replicas.count === 0 ? send(name, ...args) : writeAndWait(name, args)
  }

  async function writeAndWait<T>(name: string, args: Arguments): Promise<T> {
    const [error, result] = await together(name, args)
    if (!error) return result as T
    if (!isRedirection(error)) return rethrow(error)
    // ioredis follows a slot that has moved only for single commands, not for a pipeline with WAIT.
    const redirected = await send<T>(name, ...args)
    const [again] = await together(name, args)
    return again ? rethrow(again) : redirected
  }

  /**
   * Sends the write and WAIT in one pipeline, so that both use the same connection. On another
   * connection, WAIT would wait for nothing.
   */
  async function together(name: string, args: Arguments): Promise<Outcome> {
    const outcomes = await client
      .pipeline([
        [name, ...args],
        ['wait', replicas.count, replicas.milliseconds],
      ])
      .exec()
    const [written, waited] = outcomes ?? []
    if (!written || !waited)
      throw withCode('OAUTH2_KIT_TIMEOUT', new Error('Redis returned no reply'))
    if (written[0]) return written
    if (waited[0]) return waited
    const count = Number(waited[1])
    if (count >= replicas.count) return written
    const of = `${count} of ${replicas.count} replicas`
    return [
      withCode(
        'OAUTH2_KIT_TIMEOUT',
        new Error(`${of} acknowledged the write within ${replicas.milliseconds} ms`),
      ),
      null,
    ]
  }

  /** Runs a script that writes. Loads the script if the server does not have it. */
  function run<T>(script: Script, keys: readonly string[], args: Arguments): Promise<T> {
    return evaluate<T>(write, script, [keys.length, ...keys, ...args])
  }

  /** Runs a script that only reads, without waiting for replicas. */
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

/** Returns whether the client is a Cluster client. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster
}

/**
 * Rethrows an error without the command and its arguments, which ioredis adds to it and which must
 * not be logged.
 */
function rethrow(error: unknown): never {
  if (error instanceof Error && 'command' in error) delete error.command
  throw error
}

function isRedirection({ message }: Error): boolean {
  return /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /.test(message)
}
