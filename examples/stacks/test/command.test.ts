import { spawnSync } from 'node:child_process'
import path from 'node:path'

const script = path.resolve(__dirname, '../../../scripts/stack.js')

/** Runs the command, which must fail, and returns its error message. */
function refusal(args: string[], environment: Record<string, string> = {}): string {
  const env = { ...process.env, ...environment }
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], {
    env,
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  return stderr.trim()
}

describe('npm run stack', () => {
  const names =
    'npm run stack mongo | prisma-postgres | redis | redis-cluster | sql-postgres | typeorm-mariadb'

  it('lists the stacks if the name is missing or unknown', () => {
    expect(refusal([])).toBe(`The stack is missing: ${names}`)
    expect(refusal(['oracle'])).toBe(`Unknown stack "oracle": ${names}`)
  })

  it('says in one line that Docker does not answer', () => {
    const nowhere = { DOCKER_HOST: 'unix:///nowhere' }
    expect(refusal(['redis'], nowhere)).toMatch(/^Docker does not answer: .+$/)
    expect(refusal(['redis'], { PATH: '' })).toMatch(/^Docker does not answer: .+$/)
  })
})
