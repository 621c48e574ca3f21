import { allRun } from '../../../test/support/growth'
import { keepsItsPromises } from './support/behaviour'
import { describeStack } from './support/describe-stack'
import { realClient } from './support/real-client'

// Stacks whose databases start quickly. all.stack.ts tests every stack.
describeStack('redis', (stack) => {
  keepsItsPromises(stack)

  it('keeps running if another one fails because the ports are taken', async () => {
    const refused = await stack().startAgain()
    expect(refused).toMatch(
      /^Port \d+ for the provider can't be used \(EADDRINUSE\): set another one in PROVIDER_PORT$/m,
    )
    const client = await realClient(stack())
    expect(await client.signIn()).toMatchObject({ access: expect.any(String) })
  })
})

if (allRun) describeStack('prisma-postgres', keepsItsPromises)
