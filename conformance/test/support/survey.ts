import { cases } from '../../src/cases'
import type { Case } from '../../src/case'
import { runCase } from '../../src/runner'
import { Session, settingsOf } from '../../src/session'
import { benchOf } from '../../src/self-test/bench'
import type { Variant } from '../../src/self-test/mutant'
import { leftTimers } from '../../src/self-test/mutants/life'

// A seed with which the group `fuzz` catches its mutants.
const seed = 3
/** Groups that take long and are therefore tried last. */
const slow = ['budget', 'growth', 'fuzz']

/**
 * Returns the cases in the order in which a search tries them: fast ones first. Cases over a wire
 * and in processes don't apply.
 */
export function searchOrder(): Case[] {
  const direct = cases().filter(
    ({ run, needs }) => run && !needs.includes('wire') && !needs.includes('processes'),
  )
  return [...direct.filter((one) => !isLate(one)), ...direct.filter(isLate)]
}

function isLate({ id, group }: Case): boolean {
  return slow.includes(group) || /\.(?:many|race.*|stampede)$/.test(id)
}

/** Resolves with the id of the first of these cases that fails on the variant, or null. */
export async function firstFailure(
  variant: Variant,
  order: readonly Case[],
): Promise<string | null> {
  await using bench = await benchOf(variant)
  const session = await Session.begin(settingsOf({ ...bench.options, randomSeed: seed }))
  try {
    for (const one of order) {
      const { status } = await runCase(one, session, await session.instance(0))
      if (status === 'failed') return one.id
    }
    return null
  } finally {
    await session.end()
    for (const timer of leftTimers) clearInterval(timer)
    leftTimers.clear()
  }
}

/**
 * Resolves with the id of a case that fails on the variant when it runs alone, or null. Cases share
 * a database, so the first one that fails may need what the ones before it have left.
 */
export async function caughtBy(variant: Variant, order: readonly Case[]): Promise<string | null> {
  const first = await firstFailure(variant, order)
  if (first === null) return null
  const likely = order.toSorted((a, b) => Number(b.id === first) - Number(a.id === first))
  for (const one of likely) if (await isCertain(variant, one)) return one.id
  return null
}

/** Some cases depend on random values: one that fails three times out of three will do. */
async function isCertain(variant: Variant, one: Case): Promise<boolean> {
  for (let n = 0; n < 3; n++) if ((await firstFailure(variant, [one])) === null) return false
  return true
}
