import path from 'node:path'
import { core, runNode } from '../support/child'

const folder = path.join(__dirname, 'programs')

describe('a process whose model calls back or fails late', () => {
  it.each([4, 5])('does not crash with Express %d', async (version) => {
    const by = { express: version === 4 ? 'express4' : 'express', 'oauth2-server': core }
    const ended = await runNode(path.join(folder, 'late-model.js'), { in: folder, by })
    const others = ended.stderr
      .split('\n')
      .filter((line) => !/OAUTH2_KIT_SERVER_ERROR|--trace-warnings|^$|^ {4}at /.test(line))
    // The warnings are printed with the stack.
    expect(ended.stderr).toMatch(/\n {4}at .*late-model\.js:\d+:\d+/)
    expect({ code: ended.code, others }).toEqual({ code: 0, others: [] })
    expect(JSON.parse(ended.stdout)).toEqual({
      rejects: 503,
      rejectsLate: 503,
      answersLate: 503,
      failsLate: 503,
      failsLateTwice: 503,
      answersAndRejectsLate: 200,
      answersAndRejects: 200,
      failsAndRejects: 503,
      failsAndThrows: 503,
    })
  })
})
