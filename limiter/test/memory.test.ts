import { memoryLimiter } from '@oauth2-kit/limiter'
import { allowed, anAttempt, describeBehaviour } from './support/behaviour'

describe('memoryLimiter()', () => {
  describeBehaviour(memoryLimiter)

  it('shares no counts with another limiter', async () => {
    const options = { perName: { failures: 1, seconds: 60 } }
    const attempt = anAttempt()
    expect(await allowed(memoryLimiter(options), [attempt])).toBe(1)
    expect(await allowed(memoryLimiter(options), [attempt])).toBe(1)
  })
})
