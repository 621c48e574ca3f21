import { type Isolated, describeDatabase } from '@oauth2-kit/conformance/databases'
import {
  Running,
  curlsOf,
  programFolder,
  programsOf,
  writeProgram,
} from '../../../test/support/programs'
import { startTimeout } from './support/opened'

const document = 'adapters/mongo/README.md'

describeDatabase('mongodb', (database) => {
  let mine: Isolated
  beforeAll(async () => {
    mine = await database.isolated()
  }, startTimeout)
  afterAll(() => mine?.drop())

  it('mongo.mjs: its curl line gets a token, and the next one the secret area', async () => {
    const [program] = programsOf(document)
    using place = programFolder()
    const file = writeProgram(program!, place.folder)
    await using running = new Running(file, place.folder, { MONGODB_URL: mine.url })
    const TOKEN = await running.token()
    const [use] = curlsOf(document)
    expect(await running.curl(use!, { TOKEN })).toBe('Secret area')
    // check() reported no problems.
    expect(running.output).not.toContain(': call')
  })
})
