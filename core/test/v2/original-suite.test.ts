import { readdirSync } from 'node:fs'
import path from 'node:path'
import { core, runNode } from '../support/child'

const suite = path.join(path.dirname(require.resolve('oauth2-server/package.json')), 'test')
const files = readdirSync(suite).map((name) => path.join(suite, name))

// The versions that the suite was written for no longer install. These behave alike.
const packages = { express: 'express4', 'body-parser': 'body-parser1', should: 'should4' }
const ours = { '../': core, '../lib/error': `${core}#OAuth2Error` }

// They match the body of a redirect of an earlier Express: "Moved Temporarily".
const ofOldExpress = [
  'AuthCodeGrant should accept a valid redirect_uri within an array',
  'AuthCodeGrant should accept a valid redirect_uri with a string',
]

// They inspect an app of Express 3, which is not supported: lockdown() throws in their hook.
const ofExpress3 = [
  'Lockdown pattern in express 3 adds authorise to non-bypassed routes',
  'Lockdown pattern in express 3 runs non-bypassed routes after authorise',
  'Lockdown pattern in express 3 removes oauth.bypass from bypassed routes',
]

// Their codes and tokens expire in the millisecond in which they are created, so it is random
// whether they have expired when they are used. At its expiry a code has expired (security 11).
const flaky = [
  'Granting with authorization_code grant type should allow valid request',
  'Granting with refresh_token grant type should allow valid request',
  'Granting with refresh_token grant type should allow valid request with user object',
]

interface Result {
  passed: string[]
  failed: string[]
}

async function runSuite(replaced: Record<string, string>): Promise<Result> {
  const { stdout } = await runNode(
    require.resolve('mocha/bin/mocha.js'),
    { in: suite, by: { ...packages, ...replaced } },
    ['--no-config', '--no-package', '--exit', '--timeout', '20000', '--reporter', 'json', ...files],
  )
  const { passes, failures } = JSON.parse(stdout) as Record<string, { fullTitle: string }[]>
  return { passed: titlesOf(passes), failed: titlesOf(failures) }
}

function titlesOf(tests: { fullTitle: string }[] = []): string[] {
  return tests.map(({ fullTitle }) => fullTitle).filter((title) => !flaky.includes(title))
}

describe("the original's own tests, on Express 4", () => {
  let original: Result
  let kit: Result

  beforeAll(async () => {
    ;[original, kit] = await Promise.all([runSuite({}), runSuite(ours)])
  })

  it('are 93, each with a unique title', () => {
    const titles = [...original.passed, ...original.failed]
    expect(titles).toHaveLength(93 - flaky.length)
    expect(new Set(titles).size).toBe(titles.length)
  })

  it('pass on ours if they pass on the original, except those of Express 3', () => {
    const lost = original.passed.filter((title) => !kit.passed.includes(title))
    expect(lost.toSorted()).toEqual(ofExpress3.toSorted())
  })

  it('fail on ours only if they fail on the original too, or in the hook of Express 3', () => {
    const inHook = kit.failed.filter((title) => title.includes('in express 3 "before each" hook'))
    expect(inHook).toHaveLength(1)
    expect(kit.failed.toSorted()).toEqual([...ofOldExpress, ...inHook].toSorted())
    expect(original.failed).toEqual(expect.arrayContaining(ofOldExpress))
  })

  it('pass on ours even if lockdown() of the original no longer works', () => {
    const lockdown = original.failed.filter((title) => title.startsWith('Lockdown pattern'))
    expect(lockdown).toHaveLength(3)
    expect(kit.passed).toEqual(expect.arrayContaining(lockdown))
  })
})
