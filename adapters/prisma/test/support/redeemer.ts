import type { Credential, NewCredential } from '@oauth2-kit/core'
import { prismaStore } from '@oauth2-kit/prisma'
import { clientFor } from './engines'

/** What a process of its own is told: one credential, and the successors of each attempt. */
export interface Order {
  credential: Credential
  attempts: NewCredential[]
}

// Run as a program: redeems as it is told, all at once, and answers with what came of it.
const client = clientFor(process.argv[2] ?? '')
const store = prismaStore(client)

process.on('message', ({ credential, attempts }: Order) => {
  Promise.all(attempts.map((one) => store.redeem(credential, [one]))).then(
    (outcomes) => process.send?.(outcomes),
    (error: Error) => process.send?.({ error: error.stack }),
  )
})
process.on('disconnect', () => void client.$disconnect().finally(() => process.exit()))
// The first connection takes its time.
void store.find('none').then(() => process.send?.('ready'))
