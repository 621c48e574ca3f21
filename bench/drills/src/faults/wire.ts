import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault'

/** Everything that is sent to the database is lost, and no responses arrive. */
export const stall: readonly Fault[] = [8, 13, 60].map((seconds) => ({
  name: seconds === 8 ? 'stall' : `stall-${seconds}`,
  what: `every connection to the database drops all data for ${seconds} seconds and is then reset`,
  needs: ['wire'],
  holdsCodes: true,
  lastsMs: seconds * 1000,
  break: async ({ wire }) => wire!.stall(),
  fix: async ({ wire }) => wire!.restore(),
}))

/** The database executes a statement, but its reply is lost. */
export const loseReplies: Fault = {
  name: 'lose-replies',
  what: 'the database executes a command, its reply is lost and the connection is reset, 60 times',
  needs: ['wire'],
  lastsMs: 0,
  async break({ wire }) {
    for (let times = 0; times < 60; times++) {
      wire!.loseReply()
      await sleep(100)
    }
  },
  fix: async ({ wire }) => wire!.restore(),
}
