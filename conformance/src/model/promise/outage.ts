import type { ModelRuns } from '../run'
import { saved } from '../tokens'
import { holds } from '../../expect'
import { type OneTime, code, refreshToken, revokes } from './one-time'

/** What a promise model must not report while its database is down. */
export const outageRuns: ModelRuns = {
  'fault.revoke.reported': {
    async run(t) {
      const { wire, wired: models } = await t.wired(1)
      const wired = models[0]!
      const tried: { kind: OneTime; found: unknown; token: string }[] = []
      for (const kind of [code, refreshToken]) {
        if (!t.has(kind.save)) continue
        const { token } = await saved(t, kind.save)
        tried.push({ kind, found: await wired.call(kind.find, token), token })
      }
      wire.refuse()
      const answers = await Promise.allSettled(
        tried.map(({ kind, found }) => revokes(wired, kind, found)),
      )
      wire.restore()
      for (const [n, { kind, token }] of tried.entries()) {
        const answer = answers[n]!
        if (answer.status === 'rejected' || !answer.value) continue
        // It has reached the database after all, for example on a connection that was still open.
        const found = await t.call(kind.find, token)
        const isGone = !found || !(await revokes(t, kind, found))
        holds(
          isGone,
          `While the database was down, ${kind.revoke}() returned true, and did nothing`,
        )
      }
    },
  },
}
