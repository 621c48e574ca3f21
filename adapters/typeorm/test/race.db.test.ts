import type { Credential } from '@oauth2-kit/core'
import { type TypeormStore, typeormStore } from '@oauth2-kit/typeorm'
import { describeEngines, migrated, type Disposable } from './support/data-source'
import { aCredential, grantsOf, issued } from '@oauth2-kit/testing'

const grants = 20

describeEngines((place) => {
  const open: Disposable[] = []
  beforeAll(async () => {
    for (let n = 0; n < 3; n++) open.push(await migrated(place.url))
  })
  afterAll(() => Promise.all(open.map((one) => one.destroy())))

  it('no token is left after revoke() has returned, despite concurrent rotations', async () => {
    const [rotating, extending, revoking] = open.map((one) => typeormStore(one))
    const made = await Promise.all(Array.from({ length: grants }, () => issued(rotating!)))
    const outcomes = await Promise.all(
      made.map(async ({ grant, credential }, n) => {
        const hashes: string[] = []
        const rotation = rotateOn(rotating!, credential, hashes)
        const extension = extendOn(extending!, credential, hashes)
        for (let waits = n % 5; waits > 0; waits--) await revoking!.find(credential.hash)
        const revoked = await revoking!.revoke({ grantId: grant.id })
        const found = await Promise.all(hashes.map((hash) => revoking!.find(hash)))
        await Promise.all([rotation, extension])
        const late = await Promise.all(hashes.map((hash) => revoking!.find(hash)))
        expect(await grantsOf(revoking!, { grantId: grant.id })).toEqual([])
        return { revoked, alive: [...found, ...late].filter((one) => one !== null).length }
      }),
    )
    expect(outcomes).toEqual(outcomes.map(() => ({ revoked: 1, alive: 0 })))
  })

  it('one of 50 concurrent redemptions over three pools wins; the rest are replays', async () => {
    const stores = open.map((one) => typeormStore(one))
    for (let round = 0; round < 5; round++) {
      const { credential } = await issued(stores[0]!)
      const attempts = Array.from({ length: 50 }, () => [
        aCredential(),
        aCredential({ kind: 'access' }),
      ])
      const outcomes = await Promise.all(
        attempts.map((successors, n) => stores[n % 3]!.redeem(credential, successors)),
      )
      const winner = outcomes.findIndex(({ status }) => status === 'redeemed')
      expect(outcomes).toEqual(
        attempts.map((_, n) => ({ status: n === winner ? 'redeemed' : 'replayed' })),
      )
      for (const [n, successors] of attempts.entries()) {
        const found = await Promise.all(successors.map(({ hash }) => stores[0]!.find(hash)))
        expect(found.map((one) => one !== null)).toEqual([n === winner, n === winner])
      }
    }
  })
})

/** Rotates until the grant is revoked. */
async function rotateOn(store: TypeormStore, credential: Credential, hashes: string[]) {
  for (let current = credential; ;) {
    const [next, access] = [aCredential(), aCredential({ kind: 'access' })]
    hashes.push(next.hash, access.hash)
    const { status } = await store.redeem(current, [next, access])
    if (status !== 'redeemed') return
    current = { ...next, grant: credential.grant }
  }
}

/** Extends until the grant is revoked. */
async function extendOn(store: TypeormStore, { grant }: Credential, hashes: string[]) {
  for (;;) {
    const added = aCredential()
    hashes.push(added.hash)
    if ((await store.extend(grant, [added])) === 'revoked') return
  }
}
