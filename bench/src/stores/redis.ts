import { setTimeout as sleep } from 'node:timers/promises'
import { redisNodes, stopDatabases, testDatabase } from '@oauth2-kit/conformance/databases'
import type { Store } from '@oauth2-kit/core'
import { redisStore } from '@oauth2-kit/redis'
import { Redis } from 'ioredis'
import type { Benchmark, Result } from '../result'
import {
  aClient,
  aGrant,
  refreshTokenOf,
  someGrants,
  someSuccessors,
  someTokens,
} from './credentials'
import { issueByHand, redeemByHand } from './redis-by-hand'
import { rotated } from './rotated'
import { compare } from './store-bench'

const effort = { rounds: { warmUp: 5, measured: 25 }, calls: 100 }
const grants = 5000
/**
 * When an answer is gone, in milliseconds: the slack that the store adds to its lifetime, and some
 * time for Redis to remove it.
 */
const answerGoneMs = 35_000

/** The cost of a store in Redis, on one node. */
export const redis: Benchmark = {
  name: 'redis',
  async run() {
    const database = testDatabase('redis')
    const mine = await database.isolated()
    const client = new Redis({ ...redisNodes(mine.url)[0], commandTimeout: 10_000 })
    try {
      const prefix = mine.namespace.slice(0, -1)
      const store = redisStore(client, { prefix })
      return [
        await calls(client, store, prefix),
        await rotated(store, 'redisStore on one node'),
        await memory(client, store, prefix),
      ]
    } finally {
      client.disconnect()
      await mine.drop()
      await stopDatabases()
    }
  },
}

async function calls(client: Redis, store: Store, prefix: string): Promise<Result> {
  const registered = await aClient(store)
  const conditions = { clientVersion: registered.version }
  const issue = () => store.issue(aGrant(registered.id), someTokens(), conditions)
  const [found] = await someGrants(store, 1)
  const { rounds } = effort
  const redemptions = (rounds.warmUp + rounds.measured) * effort.calls
  const [byStore, byHand] = [
    await someGrants(store, redemptions),
    await someGrants(store, redemptions),
  ]
  return compare(
    'redisStore on one node',
    [
      {
        label: 'find, beside a bare GET',
        store: () => store.find(found!.hash),
        floor: () => client.get(`${prefix}:t:${found!.hash}`),
        atMost: 1.15,
      },
      {
        label: 'issue, beside a pipeline of the same commands',
        store: issue,
        floor: () => issueByHand(client, prefix, aGrant(registered.id), someTokens(), registered),
        atMost: 1.2,
      },
      {
        label: 'issue, beside that pipeline without the look at client and user',
        store: issue,
        floor: () => issueByHand(client, prefix, aGrant(registered.id), someTokens()),
      },
      {
        label: 'redeem, beside a pipeline of the same commands',
        store: () => store.redeem(byStore.pop()!, someSuccessors()),
        floor: () => redeemByHand(client, prefix, byHand.pop()!, someSuccessors()),
        atMost: 1.2,
      },
    ],
    effort,
  )
}

/** Measures the memory that is used, and what is left at the end. */
async function memory(client: Redis, store: Store, prefix: string): Promise<Result> {
  const before = await usedMemory(client)
  const live = await someGrants(store, grants)
  const issued = await usedMemory(client)
  const successors = live.map(() => someSuccessors(undefined, undefined, 0))
  await Promise.all(live.map((one, n) => store.redeem(one, successors[n]!)))
  const redeemed = await usedMemory(client)
  await sleep(answerGoneMs)
  // Redis removes expired keys lazily, so each one is looked up once.
  await Promise.all(successors.flat().map(({ hash }) => store.find(hash)))
  const left = await usedMemory(client)
  return {
    title: 'redisStore on one node',
    columns: { 'bytes each': 0, 'keys left': 0 },
    rows: [
      {
        label: 'a live grant, with an access and a refresh token',
        values: { 'bytes each': (issued - before) / grants },
      },
      {
        label: 'a rotation of it, with the sealed answer',
        values: { 'bytes each': (redeemed - issued) / grants },
      },
      {
        label: 'a rotation of it, for as long as the old token could come again',
        values: { 'bytes each': (left - issued) / grants },
      },
      {
        label: '1,000 rounds of issue, rotate, revoke, expire',
        values: { 'keys left': await keysLeft(client, `${prefix}:left`) },
        target: { column: 'keys left', atMost: 0 },
      },
    ],
  }
}

async function keysLeft(client: Redis, prefix: string): Promise<number> {
  const store = redisStore(client, { prefix, retentionSeconds: 0 })
  const lifetimeMs = 1000
  for (let round = 0; round < 1000; round++) {
    const [grant, tokens] = [aGrant(), someTokens(lifetimeMs, lifetimeMs)]
    await store.issue(grant, tokens, {})
    await store.redeem(
      refreshTokenOf(tokens, grant),
      someSuccessors(lifetimeMs, lifetimeMs, lifetimeMs),
    )
    if (round % 2) await store.revoke({ grantId: grant.id })
  }
  await sleep(2 * lifetimeMs)
  let left = 0
  for await (const keys of client.scanStream({ match: `${prefix}:*`, count: 1000 })) {
    left += (keys as string[]).length
  }
  return left
}

async function usedMemory(client: Redis): Promise<number> {
  const [, bytes] = /used_memory_dataset:(\d+)/.exec(await client.info('memory')) ?? []
  return Number(bytes)
}
