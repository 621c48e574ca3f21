import { keepsItsPromises } from './support/behaviour'
import { describeStack } from './support/describe-stack'
import { realClient } from './support/real-client'

// A database each that starts soon; all.stack.ts has every stack.
describeStack('redis', (stack) => {
  keepsItsPromises(stack)

  it('is not disturbed by another one that finds its ports taken', async () => {
    const refused = await stack().startAgain()
    expect(refused).toMatch(
      /^Port \d+ for the provider can't be used \(EADDRINUSE\): set another one in PROVIDER_PORT$/m,
    )
    const client = await realClient(stack())
    expect(await client.signIn()).toMatchObject({ access: expect.any(String) })
  })
})

describeStack('prisma-postgres', keepsItsPromises)
