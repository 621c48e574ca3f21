import { execFile } from 'node:child_process'
import path from 'node:path'

const root = path.resolve(__dirname, '../../..')

/** Runs files of `fixtures` in a separate test run, which shares nothing with this one. */
export function runJest(
  files: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<{ status: number | string; output: string }> {
  const jest = [
    require.resolve('jest/bin/jest'),
    '--testMatch',
    `**/fixtures/${files}.db.ts`,
    '-w',
    '2',
  ]
  const env = {
    ...process.env,
    OAUTH2_TEST_POSTGRES_URL: '',
    OAUTH2_TEST_REDIS_URL: '',
    OAUTH2_TEST_REQUIRE: '',
    OAUTH2_TEST_BROKER: '',
    ...environment,
  }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      jest,
      { cwd: root, env, timeout: 170_000 },
      (error, stdout, stderr) =>
        resolve({ status: error ? (error.code ?? -1) : 0, output: stdout + stderr }),
    )
  })
}
