import path from 'node:path'
import { core } from '../support/child'
import { type Answer, type Line, transcriptOf } from '../support/transcript'
import { lockdown } from './programs/lockdown.script'
import { beyondAscii, codes, documented, tokens } from './programs/quick-start.script'

const folder = path.join(__dirname, 'programs')
const original = 'oauth2-server'
const packages = {
  4: { express: 'express4', 'body-parser': 'body-parser1' },
  5: { express: 'express', 'body-parser': 'body-parser' },
}
const versions = [4, 5] as const
const everything = [...tokens, ...codes]

/** Runs a program with `server` in place of `oauth2-server`, and returns its responses. */
function run(program: string, script: Line[], server: string, express: 4 | 5): Promise<Answer[]> {
  const by = { ...packages[express], 'oauth2-server': server }
  return transcriptOf(path.join(folder, program), { in: folder, by }, script)
}

/** A transcript without the headers that ours adds to redirects, to prevent caching. */
function comparable(answers: Answer[]): Answer[] {
  return answers.map(({ headers, ...answer }) => {
    if (headers['location'] === undefined) return { ...answer, headers }
    const { 'cache-control': _cacheControl, pragma: _pragma, ...others } = headers
    return { ...answer, headers: others }
  })
}

describe('a program written for 2.4, with every grant type', () => {
  it.each(versions)('responds on ours with Express %d as on the original', async (express) => {
    const [before, after] = await Promise.all([
      run('quick-start.js', everything, original, 4),
      run('quick-start.js', everything, core, express),
    ])
    expect(comparable(after)).toEqual(comparable(before))
  })

  it.each(versions)('redirects, with Express %d, to a URI that is not ASCII', async (express) => {
    const [before, after] = await Promise.all([
      run('quick-start.js', beyondAscii, original, 4),
      run('quick-start.js', beyondAscii, core, express),
    ])
    expect(comparable(after)).toEqual(comparable(before))
  })

  it('responds in the same way on the original with Express 5, except for codes', async () => {
    // For codes, the original reads a property of the body of a GET, which is undefined.
    const [before, after] = await Promise.all([
      run('quick-start.js', tokens, original, 5),
      run('quick-start.js', tokens, core, 5),
    ])
    expect(after).toEqual(before)
  })

  it.each(versions)('differs on Express %d as documented, to be safer', async (express) => {
    const script = documented.map(({ line }) => line)
    const [before, after] = await Promise.all([
      run('quick-start.js', script, original, 4),
      run('quick-start.js', script, core, express),
    ])
    expect(before).toMatchObject(documented.map((one) => one.original))
    expect(after).toMatchObject(documented.map((one) => one.kit))
  })
})

describe('a program written for 2.4 that is locked down', () => {
  it.each(versions)('responds on ours with Express %d as on the original', async (express) => {
    const [before, after] = await Promise.all([
      run('lockdown.js', lockdown, original, 4),
      run('lockdown.js', lockdown, core, express),
    ])
    expect(comparable(after)).toEqual(comparable(before))
  })
})
