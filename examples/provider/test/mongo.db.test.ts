import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { afterRestart } from './support/after-restart'
import { allRun } from '../../../test/support/growth'
import { browserScenarios } from './support/browser-scenarios'
import { demo } from './support/flow'
import { Program } from './support/program'

describeDatabase('mongodb', (database) => {
  let mine: Isolated
  beforeAll(async () => {
    mine = await database.isolated()
  })
  afterAll(() => mine?.drop())

  it('STORE=mongo keeps the grants across a restart, and in another process', async () => {
    const { user, output } = await afterRestart({ STORE: 'mongo', DATABASE_URL: mine.url })
    expect(user).toMatchObject({ username: demo.username })
    expect(output).not.toContain('MongoDB:')
  })

  // The pages are the same on every store; those of SQL and Redis run them every time.
  if (allRun) browserScenarios(() => ({ STORE: 'mongo', DATABASE_URL: mine.url }))
})

it('STORE=mongo reports that MongoDB is not available, and exits', async () => {
  const environment = { STORE: 'mongo', DATABASE_URL: 'mongodb://127.0.0.1:1/test' }
  await using program = new Program('provider', environment)
  expect(await program.exit).toBe(1)
  expect(program.output).toContain('DATABASE_URL: MongoDB does not answer there')
})
