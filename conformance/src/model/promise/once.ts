import { settled } from '../../processes/messages'
import type { ModelRun, ModelRuns } from '../run'
import type { ModelTrial } from '../trial'
import {
  type OneTime,
  assertFound,
  code,
  judge,
  refreshToken,
  revokes,
  withOthers,
} from './one-time'

const processCount = 4
const callsEach = 5

/** The checks that of any number of callers exactly one revokes a code or refresh token. */
export const onceRuns: ModelRuns = {
  'code.consume.second': revokesOnce(code),
  'refresh.rotate.old-dead': revokesOnce(refreshToken),
  ...runsFor('code', code),
  ...runsFor('refresh', refreshToken),
}

function runsFor(name: string, kind: OneTime): Record<string, ModelRun> {
  const needs = { own: [kind.find, kind.revoke] }
  return {
    [`once.${name}.loser`]: {
      ...needs,
      async run(t) {
        await contest(t, kind, 3, [t])
      },
    },
    [`once.${name}.barrier`]: {
      ...needs,
      async run(t) {
        const { wire, wired } = await t.wired(2)
        for (let round = 0; round < 3; round++) {
          // Without a barrier first, so that each has its connection.
          const kept = await withOthers(t, kind)
          const found = await lookUp(wired, kind, kept.one.token)
          // If one call waits for the other, the barrier times out: both cannot have read first.
          const met = wire.barrier(2, 500).catch(() => {})
          const answers = await revokedBy(wired, kind, found)
          await met
          await judge(t, kind, kept, answers)
        }
      },
    },
    [`once.${name}.stampede`]: {
      ...needs,
      async run(t) {
        const instances = await t.instances(5)
        for (let round = 0; round < 5; round++) await contest(t, kind, 10, instances)
        await contest(t, kind, 50, instances)
      },
    },
    [`once.${name}.processes`]: {
      ...needs,
      async run(t) {
        const fleet = await t.processes(processCount)
        for (let round = 0; round < 5; round++) {
          const kept = await withOthers(t, kind)
          const found = { method: kind.find, args: [kept.one.token] }
          const call = { method: kind.revoke, found }
          const share = Array.from({ length: callsEach }, () => call)
          const outcomes = await fleet.call(Array.from({ length: processCount }, () => share))
          await judge(t, kind, kept, outcomes.map(settled))
        }
      },
    },
  }
}

/**
 * Lets each caller find the same code or token, and then all of them revoke what they have found,
 * spread over the instances. Fails unless exactly one of them is told that it has.
 */
async function contest(
  t: ModelTrial,
  kind: OneTime,
  callers: number,
  instances: readonly ModelTrial[],
): Promise<void> {
  const kept = await withOthers(t, kind)
  const from = Array.from({ length: callers }, (_, n) => instances[n % instances.length]!)
  const found = await lookUp(from, kind, kept.one.token)
  await judge(t, kind, kept, await revokedBy(from, kind, found))
}

/** Lets all callers at once revoke what each has found. Resolves with whether each of them has. */
function revokedBy(
  from: readonly ModelTrial[],
  kind: OneTime,
  found: readonly unknown[],
): Promise<PromiseSettledResult<boolean>[]> {
  return Promise.allSettled(
    found.map(async (one, n) => Boolean(one) && revokes(from[n]!, kind, one)),
  )
}

/** Resolves with what each caller finds. A model may let only one of them find a code. */
async function lookUp(
  from: readonly ModelTrial[],
  kind: OneTime,
  token: string,
): Promise<unknown[]> {
  const found = await Promise.all(from.map((each) => each.call(kind.find, token)))
  assertFound(found.find(Boolean), kind)
  return found
}

/** Checks that one caller revokes a code or refresh token once. */
function revokesOnce(kind: OneTime): ModelRun {
  return {
    own: [kind.find, kind.revoke],
    async run(t) {
      for (let round = 0; round < 2; round++) {
        const kept = await withOthers(t, kind)
        const found = await t.call(kind.find, kept.one.token)
        assertFound(found, kind)
        // Each of them is a copy, as other requests have.
        const again = await t.call(kind.find, kept.one.token)
        const answers: boolean[] = []
        for (const one of [found, again || found, found]) answers.push(await revokes(t, kind, one))
        await judge(
          t,
          kind,
          kept,
          answers.map((value) => ({ status: 'fulfilled', value })),
        )
      }
    },
  }
}
