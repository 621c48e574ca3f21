import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { Running, programFolder, programsOf, writeProgram } from './support/programs'

const programs = programsOf('adapters/typeorm/README.md')

/** Starts the program on that database twice, and sends a token of the first run to the second. */
async function runTwice(database: string, environment: Record<string, string> = {}) {
  using place = programFolder()
  const program = programs.find(({ name }) => name === 'typeorm.mts')!
  const dataSource = programs.find(({ name }) => name === `${database}.mts`)!
  writeProgram(dataSource, place.folder)
  const code = program.code.replace('./postgres.mjs', `./${database}.mjs`)
  const file = writeProgram({ ...program, code }, place.folder)
  let token: string
  {
    await using first = new Running(file, place.folder, environment)
    const url = await first.url()
    const [, secret = ''] = await first.printed(/The secret of album, shown this once: (\S+)/)
    const granted = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`album:${secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    token = ((await granted.json()) as { access_token: string }).access_token
  }
  await using second = new Running(file, place.folder, environment)
  const url = await second.url()
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } })
  const { status } = await fetch(url)
  const showsSecret = second.output.includes('The secret')
  return { answer: await answer.text(), withoutToken: status, showsSecret }
}

const works = { answer: 'Secret area', withoutToken: 401, showsSecret: false }

describe('the programs in adapters/typeorm/README.md', () => {
  it('keep issued tokens across a restart: sqlite.mts', async () => {
    expect(await runTwice('sqlite')).toEqual(works)
  }, 120_000)

  for (const name of ['postgres', 'mariadb'] as const) {
    describeDatabase(name, (database) => {
      it(`keep issued tokens across a restart: ${name}.mts`, async () => {
        const mine = await database.isolated()
        try {
          expect(await runTwice(name, { DATABASE_URL: mine.url })).toEqual(works)
        } finally {
          await mine.drop()
        }
      }, 180_000)
    })
  }
})
