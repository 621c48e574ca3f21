import { table } from '../table'
import type { StoreCommand } from '../with-store'

export const check: StoreCommand = {
  name: 'check',
  summary: "checks the store's schema and settings; the exit code is 1 if there are problems",
  positionals: [],
  options: {},

  async run(_given, store) {
    const findings = await store.check()
    const rows = findings.map(({ problem, fix }) => [problem, fix])
    return {
      json: findings,
      text: rows.length === 0 ? 'No problems found.' : table([['PROBLEM', 'FIX'], ...rows]),
      failed: rows.length > 0,
    }
  },
}
