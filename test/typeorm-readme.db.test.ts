import { describeDatabase } from '@oauth2-kit/conformance/databases'
import {
  Running,
  curlsOf,
  programFolder,
  programsOf,
  tokenOf,
  writeProgram,
} from './support/programs'

const document = 'adapters/typeorm/README.md'
const programs = programsOf(document)

/** Starts the program on that database twice, and sends a token of the first run to the second. */
async function runTwice(database: string, environment: Record<string, string> = {}) {
  using place = programFolder()
  const program = programs.find(({ name }) => name === 'typeorm.mjs')!
  const dataSource = programs.find(({ name }) => name === `${database}.mjs`)!
  writeProgram(dataSource, place.folder)
  const code = program.code.replace('./postgres.mjs', `./${database}.mjs`)
  const file = writeProgram({ ...program, code }, place.folder)
  const [getToken, use] = curlsOf(document)
  let TOKEN: string
  {
    await using first = new Running(file, place.folder, environment)
    const [, SECRET = ''] = await first.printed(/The secret of album, shown this once: (\S+)/)
    TOKEN = tokenOf(await first.curl(getToken!, { SECRET }))
  }
  await using second = new Running(file, place.folder, environment)
  const answer = await second.curl(use!, { TOKEN })
  const { status } = await fetch(await second.url())
  const showsSecret = second.output.includes('The secret')
  return { answer, withoutToken: status, showsSecret }
}

const works = { answer: 'Secret area', withoutToken: 401, showsSecret: false }

describe(`the programs in ${document}`, () => {
  it('keep issued tokens across a restart: sqlite.mjs', async () => {
    expect(await runTwice('sqlite')).toEqual(works)
  })

  for (const name of ['postgres', 'mariadb'] as const) {
    describeDatabase(name, (database) => {
      it(`keep issued tokens across a restart: ${name}.mjs`, async () => {
        const mine = await database.isolated()
        try {
          expect(await runTwice(name, { DATABASE_URL: mine.url })).toEqual(works)
        } finally {
          await mine.drop()
        }
      })
    })
  }
})
