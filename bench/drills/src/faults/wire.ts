import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault'

/** The database takes everything and answers nothing. */
export const stall: Fault = {
  name: 'stall',
  what: 'every connection to the database is a black hole for eight seconds',
  needs: ['wire'],
  lastsMs: 8_000,
  break: async ({ wire }) => wire!.stall(),
  mend: async ({ wire }) => wire!.restore(),
}

/** What was done is not heard of. */
export const loseReplies: Fault = {
  name: 'lose-replies',
  what: 'the database does what it is asked, its reply is lost and the connection reset, 60 times',
  needs: ['wire'],
  lastsMs: 0,
  async break({ wire }) {
    for (let times = 0; times < 60; times++) {
      wire!.loseReply()
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await sleep(100)
    }
  },
  mend: async ({ wire }) => wire!.restore(),
}
