import { contenders, type ContenderName } from '../contenders'
import type { Handler } from '../contenders/contender'
import { FakeRequest, answerOf } from '../fakes'
import { cpuSince } from '../cpu'
import { answerQuestions } from '../worker'
import { type MakeRequest, type WorkName, works } from './work'

// One contender at one task, in its own process. Each question runs one round.

const [contenderName, workName] = process.argv.slice(2) as [ContenderName, WorkName]
const work = works[workName]
const nothing: Handler = (_request, _response, next) => next()
let ready: ReturnType<typeof prepareContender> | undefined

answerQuestions(async () => {
  const { contender, handler, baseline, reusable } = await (ready ??= prepareContender())
  const requests = reusable ?? (await work.prepare(contender, work.requests))
  const before = await cpuOf(baseline, requests)
  return (await cpuOf(handler, requests)) - before
})

/** Sets the contender up, and checks that it answers correctly. */
async function prepareContender() {
  const contender = await contenders[contenderName](work.grants)
  const handler = work.handlerOf(contender)
  const [makeRequest] = await work.prepare(contender, 1)
  if (!makeRequest) throw new Error('No request was prepared')
  const request = makeRequest()
  work.check(request, await answerOf(handler, request))
  await assertRefuses(handler, makeRequest())
  const reusable = work.reusable ? await work.prepare(contender, work.requests) : undefined
  const baseline = work.baselineOf?.(contender) ?? nothing
  return { contender, handler, baseline, reusable }
}

async function assertRefuses(handler: Handler, { method, query, body }: FakeRequest) {
  const headers = { authorization: 'Bearer or Basic of nobody' }
  const wrong = new FakeRequest(method, headers, query, body)
  const status = await answerOf(handler, wrong).then(
    ({ statusCode }) => statusCode,
    (error: { code: number }) => error.code,
  )
  if (status < 400) throw new Error(`A request without credentials was answered with ${status}`)
}

/** Resolves with the CPU time per request, in microseconds. */
async function cpuOf(handler: Handler, requests: readonly MakeRequest[]): Promise<number> {
  // Collect garbage now, so that moving the prepared objects is not measured.
  globalThis.gc?.({ type: 'minor' })
  globalThis.gc?.({ type: 'minor' })
  let next = 0
  async function lane(): Promise<void> {
    while (next < requests.length) await answerOf(handler, requests[next++]!())
  }
  const since = process.cpuUsage()
  await Promise.all(Array.from({ length: work.inFlight }, lane))
  return cpuSince(since) / requests.length
}
