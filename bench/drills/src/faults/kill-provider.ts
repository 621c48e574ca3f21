import type { Fault } from './fault'

/** One of two provider processes is killed while it handles requests. */
export const killProvider: Fault = {
  name: 'kill-provider',
  what: 'SIGKILL of one of two provider processes, three times; each time it starts again',
  needs: ['processes'],
  lastsMs: 0,
  async break({ providers: [, second] }) {
    for (let times = 0; times < 3; times++) {
      await second!.kill()
      await second!.start()
    }
  },
  fix: async () => {},
}
