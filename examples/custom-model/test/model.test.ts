import { type Report, runConformance } from '@oauth2-kit/conformance'
import type { ConformanceOptions } from '@oauth2-kit/conformance'
import { allRun } from '../../../test/support/growth'

describe('the model in a JSON file', () => {
  const options = require('../conformance') as ConformanceOptions
  let atContract: Report

  beforeAll(async () => {
    atContract = await runConformance({ ...options, level: 'contract' })
  })

  it('passes the level contract', () => {
    const { reached, contract, verdicts } = atContract
    expect([contract, reached]).toEqual(['model 2.4', 'contract'])
    expect(verdicts.filter(({ status }) => status === 'failed')).toEqual([])
  })

  it('fails two more cases, and does not offer what the 2.4 contract cannot express', async () => {
    // It writes its file whole on each call, so this takes minutes.
    if (!allRun) return
    const except = [...atContract.verdicts.map((one) => one.case.id), 'growth', 'value', 'inject']
    const { verdicts } = await runConformance({ ...options, except })
    const idsOf = (status: string) =>
      verdicts.filter((one) => one.status === status).map((one) => one.case.id)
    expect(idsOf('failed')).toEqual(['secret.at-rest', 'secret.password'])
    expect(idsOf('not offered')).toEqual(
      expect.arrayContaining(['code.consume.second', 'grant.replay.code', 'once.code.stampede']),
    )
  })
})
