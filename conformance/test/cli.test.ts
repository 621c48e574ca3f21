import { cases } from '@oauth2-kit/conformance'
import { conformance, execArgv, program, run } from './support/command'

describe('oauth2-conformance', () => {
  it('exits with 0 if nothing fails, and reports the level', async () => {
    const { code, out } = await conformance(['model.cjs', '--level', 'contract'])
    expect(out).toContain('Conformance of model (a model of the 2.4 line)')
    expect(out).toMatch(/\d+ promises that the 2\.4 contract can't make/)
    expect(out).toMatch(/Level reached: contract\n$/)
    expect(code).toBe(0)
  })

  it('asks a 2.4 model for the level contract, unless --level is set, and checks more', async () => {
    const unset = await conformance(['model.cjs'])
    expect(unset.out).toMatch(
      /2 failed\. Level reached: contract, but 2 cases above it failed, so the run failed\n$/,
    )
    expect(unset.code).toBe(1)
    const secure = await conformance(['model.cjs', '--level', 'secure'])
    expect(secure.out).toMatch(
      /Level reached: contract, of secure; the 2\.4 contract can't reach secure\n$/,
    )
    expect(secure.code).toBe(1)
  })

  it('exits with 1 if the level is not reached, and says what is missing', async () => {
    const { code, out } = await conformance(['without-hooks.cjs'])
    expect(out).toMatch(
      /Asked for fast, reached contract: \d+ cases are unproved: add raw\.dump\(\), .*raw\.count\(\).*; or ask for less with --level contract\n$/,
    )
    expect(code).toBe(1)
    const less = await conformance(['without-hooks.cjs', '--level', 'contract'])
    expect(less.out).toMatch(/Level reached: contract\n$/)
    expect(less.code).toBe(0)
  })

  it('exits with 0 if only a part runs, and nothing of it fails', async () => {
    const { code, out } = await conformance(['without-hooks.cjs', '--only', 'record.*'])
    expect(out).toMatch(/Only a part of the suite ran, so no level is reached\n$/)
    expect(code).toBe(0)
  })

  it('runs the cases of several patterns, and leaves out others', async () => {
    const args = [
      'racy.cjs',
      '--only',
      'record,shape.m*',
      '--only',
      'life',
      '--except',
      'record.e*',
    ]
    const { out } = await conformance([...args, '--reporter', 'json'])
    const ids = verdictsOf(out).map((line) => line.split(' ')[0])
    expect(ids).toEqual(
      cases()
        .map(({ id }) => id)
        .filter((id) => /^(?:record\.(?!e)|shape\.m|life\.)/.test(id)),
    )
  })

  it('exits with 1 if no case could run', async () => {
    const { code, out } = await conformance(['without-hooks.cjs', '--only', 'secret.at-rest'])
    expect(out).toMatch(/No case ran: add the hook raw\.dump\(\)\n$/)
    expect(code).toBe(1)
  })

  it('exits with 1 if a case fails, and prints what was done and seen, why and a fix', async () => {
    const { code, out } = await conformance([
      'racy.cjs',
      '--only',
      'once.code.stampede',
      '--seed',
      '7',
    ])
    expect(code).toBe(1)
    expect(out).toContain(
      '✗ once.code.stampede: redeem() of a code, called by 10 and by 50 callers',
    )
    expect(out).toMatch(
      /Seen {6}The number of calls of redeem\(\) that returned "redeemed", of 10 at the same time: got \d+, expected 1/,
    )
    expect(out).toMatch(/Done {6}\(\d+ earlier calls\)/)
    expect(out).toMatch(/Why {7}RFC 9700 4\.14\.2/)
    expect(out).toMatch(/Fix {7}Use one atomic operation of the database to decide/)
    expect(out).toContain('Only a part of the suite ran, so no level is reached')
    expect(out).toContain(
      'Replay    npx oauth2-conformance racy.cjs --only once.code.stampede --seed 7',
    )
  })

  it.each([
    ['npx', 'npx oauth2-conformance racy.cjs'],
    ['test', 'npm test --'],
    ['conformance', 'npm run conformance --'],
  ])('started by the npm event %s, names a command that replays a case', async (event, replay) => {
    const args = ['racy.cjs', '--only', 'once.code.stampede', '--seed', '7']
    const { out } = await program(args, {
      npm_lifecycle_event: event,
      npm_lifecycle_script: 'oauth2-conformance racy.cjs',
    })
    expect(out).toContain(`Replay    ${replay} --only once.code.stampede --seed 7`)
  })

  it.each([
    [['nowhere.js'], 2, /^There is no module nowhere\.js in /],
    [
      ['wrong/other-export.cjs', '--export', 'createStore'],
      2,
      /exports no "createStore"; it exports somethingElse\n/,
    ],
    [
      ['wrong/other-export.cjs'],
      2,
      /provides neither a store nor a model: export `create\(context\)`/,
    ],
    [
      ['wrong/throws.cjs'],
      2,
      /^The store or model could not be created: Error: The connection pool has no URL\n +at .*throws\.cjs:3/,
    ],
    [['wrong/no-fixtures.cjs'], 2, /^A model has no way to make clients and users: set "fixtures"/],
    [[], 2, /^The module is missing: name the file .*\n\nUsage: /],
    [['a.js', 'b.js'], 2, /^Only one module is allowed; there are a\.js and b\.js/],
    [['racy.cjs', '--level', 'high'], 2, /^"--level" must be contract, secure, fast; it is "high"/],
    [
      ['racy.cjs', '--reporter', 'x'],
      2,
      /^"--reporter" must be pretty, tap, json, junit, markdown, github/,
    ],
    [['racy.cjs', '--seed', 'x'], 2, /^"--seed" must be a whole number/],
    [['racy.cjs', '--only', 'once.*,twice.*'], 2, /^"only" has "twice\.\*", which is neither a/],
    [['racy.cjs', '--except', 'twice'], 2, /^"except" has "twice", which is neither a group/],
    [['--list', '--level', 'contract', '--only', 'once'], 2, /^No case of level contract is left/],
    [['racy.cjs', '--fast'], 2, /^Unknown option '--fast'/],
    [['racy.cjs', '--require', 'oracle'], 2, /^"--require" must be postgres, /],
    [
      ['--explain', 'once.cod.race'],
      2,
      /^Unknown case "once\.cod\.race": the group "once" has once\.code\.loser, /,
    ],
  ] as [string[], number, RegExp][])(
    '%j exits with %i and prints the reason',
    async (args, expected, message) => {
      const { code, err } = await conformance(args)
      expect(err).toMatch(message)
      expect(code).toBe(expected)
    },
  )

  it('says what a TypeScript module needs if Node has no loader for it', async () => {
    const loading = require.resolve('../src/processes/module')
    const typed = require.resolve('./fixtures/wrong/typed')
    const script = `const { exportsOf } = require(${JSON.stringify(loading)})
      delete require('node:module')._extensions['.ts']
      exportsOf(${JSON.stringify(typed)}).catch(({ message }) => console.log(message))`
    const { out } = await run(process.execPath, [...execArgv, '-e', script])
    expect(out).toMatch(
      /typed\.ts is TypeScript, which this Node doesn't load: install tsx, and set/,
    )
  })

  it('reports the methods of a grant that the model lacks', async () => {
    const { code, out } = await conformance(['wrong/half-a-grant.cjs', '--only', 'shape.methods'])
    expect(out).toContain(
      'Seen      the grant type authorization_code needs saveAuthCode, because the model has getAuthCode',
    )
    expect(code).toBe(1)
  })

  it.each([
    ['the module', ['wrong/needs-postgres.cjs']],
    ['the command line', ['racy.cjs', '--require', 'postgres']],
  ])('exits with 3 if a database that %s requires is missing', async (_, args) => {
    const nowhere = {
      OAUTH2_TEST_POSTGRES_URL: undefined,
      OAUTH2_TEST_BROKER: undefined,
      DOCKER_HOST: 'tcp://127.0.0.1:1',
      HOME: '/nonexistent',
      TESTCONTAINERS_HOST_OVERRIDE: undefined,
    }
    const { code, err } = await program(args, nowhere)
    expect([code, err]).toEqual([3, expect.stringMatching(/postgres/i)])
  })

  it('--list prints one line per case', async () => {
    const { out } = await conformance(['--list'])
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(cases().map(({ id }) => id))
  })

  it('--explain describes a case', async () => {
    const { out } = await conformance(['--explain', 'once.code.barrier'])
    expect(out).toMatch(
      /^once\.code\.barrier: redeem\(\) of a code, called by 2 callers that both send/,
    )
    expect(out).toMatch(
      /Why {4}.*\n {2}Fix {4}.*\n {2}Level {2}secure, since 0\.1\.0\n {2}Needs {2}the option "url", before which/,
    )
  })

  it('--seed repeats the random inputs', async () => {
    const args = ['careless.cjs', '--only', 'fuzz.*', '--seed', '5', '--reporter', 'json']
    const one = await conformance(args)
    const other = await conformance(args)
    expect(verdictsOf(one.out)).toEqual(verdictsOf(other.out))
  })
})

/** Returns the id and status of each case in a JSON report. */
function verdictsOf(out: string): string[] {
  const { cases: all } = JSON.parse(out) as { cases: { id: string; status: string }[] }
  return all.map(({ id, status }) => `${id} ${status}`)
}
