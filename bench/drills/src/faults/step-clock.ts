import type { Fault } from './fault'

const hourMs = 3_600_000

/** The clock of one of two providers is wrong by an hour. */
export const stepClock: readonly Fault[] = [1, -1].map((sign) => ({
  name: sign > 0 ? 'clock-forward' : 'clock-back',
  what: `the clock of one of two providers is an hour ${sign > 0 ? 'fast' : 'slow'} for six seconds`,
  needs: ['processes'],
  lastsMs: 6_000,
  async break({ providers, stepped }) {
    await providers[1]!.step(sign * hourMs)
    stepped(1, sign * hourMs)
  },
  async fix({ providers, stepped }) {
    await providers[1]!.step(0)
    stepped(1, 0)
  },
}))
