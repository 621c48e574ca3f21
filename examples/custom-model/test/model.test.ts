import { runConformance } from '@oauth2-kit/conformance'
import type { ConformanceOptions } from '@oauth2-kit/conformance'

describe('the model in a JSON file', () => {
  const options = require('../conformance') as ConformanceOptions

  it('passes the level contract', async () => {
    const { reached, contract, verdicts } = await runConformance({ ...options, level: 'contract' })
    expect([contract, reached]).toEqual(['model 2.4', 'contract'])
    expect(verdicts.filter(({ status }) => status === 'failed')).toEqual([])
  })

  it('fails two cases, and does not offer what the 2.4 contract cannot express', async () => {
    // What fills the file was tested above.
    const { verdicts } = await runConformance({ ...options, except: ['growth'] })
    const idsOf = (status: string) =>
      verdicts.filter((one) => one.status === status).map((one) => one.case.id)
    expect(idsOf('failed')).toEqual(['secret.at-rest', 'secret.password'])
    expect(idsOf('not offered')).toEqual(
      expect.arrayContaining(['code.consume.second', 'grant.replay.code', 'once.code.stampede']),
    )
  })
})
