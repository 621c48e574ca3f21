import type { Finding } from '@oauth2-kit/core'
import type { Database } from './database'
import type { Dialect } from './dialect'

/** Resolves with what is wrong with the settings of the connection. */
export function settingFindings(database: Database): Promise<Finding[]> {
  return settings[database.dialect.name](database)
}

const settings: Record<Dialect['name'], (database: Database) => Promise<Finding[]>> = {
  async postgres({ read, statement }) {
    const [row] = await read<{ role: string }>(
      statement(() => `SELECT current_setting('session_replication_role') AS role`),
    )
    return row?.role === 'replica' ? [unenforced('set session_replication_role to origin')] : []
  },

  async mysql({ executor, read, statement }) {
    const [row] = await read<MysqlSettings>(
      statement(
        () => `SELECT @@SESSION.sql_mode AS mode, @@SESSION.foreign_key_checks AS checks,
          @@SESSION.autocommit AS autocommit, @@SESSION.character_set_client AS client,
          @@SESSION.character_set_results AS results`,
      ),
    )
    const findings: Finding[] = []
    if (Number(row?.autocommit) !== 1 && executor.isJoined?.() !== true) {
      findings.push({
        problem: 'autocommit is off: what the store writes is lost when the connection is closed',
        fix: 'set autocommit to 1',
      })
    }
    for (const set of new Set([row?.client, row?.results])) {
      if (set === 'utf8mb4') continue
      findings.push({
        problem: `The character set of the connection is ${set}, in which not every text can be sent`,
        fix: 'connect with the character set utf8mb4',
      })
    }
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

interface MysqlSettings {
  readonly mode: string
  readonly checks: unknown
  readonly autocommit: unknown
  readonly client: string | null
  readonly results: string | null
}

function unenforced(fix: string): Finding {
  return { problem: 'Foreign keys are not enforced: a token can be added to a revoked grant', fix }
}
