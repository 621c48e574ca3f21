import type { Finding } from '@oauth2-kit/core'
import type { Database } from './database'
import type { Dialect } from './dialect'

/** Resolves with what is wrong with the settings of the connection. */
export function settingFindings(database: Database): Promise<Finding[]> {
  return settings[database.dialect.name](database)
}

const settings: Record<Dialect['name'], (database: Database) => Promise<Finding[]>> = {
  postgres: async () => [],

  async mysql({ executor, read, statement }) {
    const [row] = await read<{ mode: string; checks: unknown }>(
      statement(() => 'SELECT @@SESSION.sql_mode AS mode, @@SESSION.foreign_key_checks AS checks'),
    )
    const findings: Finding[] = []
    if (Number(row?.checks) !== 1) findings.push(unenforced('set foreign_key_checks to 1'))
    if (executor.interpolates && row?.mode.split(',').includes('NO_BACKSLASH_ESCAPES')) {
      findings.push({
        problem:
          'sql_mode has NO_BACKSLASH_ESCAPES, which the driver ignores when it quotes values',
        fix: 'remove it from sql_mode: values could be executed as SQL',
      })
    }
    return findings
  },

  async sqlite({ read, statement }) {
    const [row] = await read<{ foreign_keys: unknown }>(statement(() => 'PRAGMA foreign_keys'))
    if (Number(row?.foreign_keys) === 1) return []
    // The store itself does without them.
    const problem =
      'Foreign keys are not enforced: another program that deletes a grant leaves its tokens'
    return [{ problem, fix: 'run PRAGMA foreign_keys = ON' }]
  },
}

function unenforced(fix: string): Finding {
  return { problem: 'Foreign keys are not enforced: a token can be added to a revoked grant', fix }
}
