import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import { Running, programFolder, programsOf, writeProgram } from '../../../test/support/programs'
import { startTimeout } from './support/opened'

describeDatabase('mongodb', (database) => {
  let mine: Isolated
  beforeAll(async () => {
    mine = await database.isolated()
  }, startTimeout)
  afterAll(() => mine?.drop())

  it('mongo.mts: its curl line gets a token', async () => {
    const [program] = programsOf('adapters/mongo/README.md')
    using place = programFolder()
    const file = writeProgram(program!, place.folder)
    await using running = new Running(file, place.folder, { MONGODB_URL: mine.url })
    const url = await running.url()
    const [, credentials = ''] = await running.printed(/curl -u (\S+) .*/)
    const granted = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(await granted.json()).toMatchObject({ token_type: 'Bearer', scope: 'read' })
    // check() reported no problems.
    expect(running.output).not.toContain(': call')
  }, 120_000)
})
