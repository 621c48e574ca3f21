import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Redemption } from '@oauth2-kit/core'
import { redisNodes } from '@oauth2-kit/conformance/databases'
import { issued, successors } from './support/given'
import { onServers } from './support/on-servers'

const typescript = path.resolve(__dirname, '../../../test/support/typescript.cjs')
const processes = 4
const attempts = 50

describe('a credential is redeemed once', () => {
  const children: ChildProcess[] = []

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  onServers((place) => {
    it(`by ${processes} processes, ${attempts} at once in each`, async () => {
      const store = place.store()
      const started = Array.from({ length: processes }, () =>
        fork(path.join(__dirname, 'support/redeemer.cjs'), {
          execArgv: ['--require', typescript],
        }),
      )
      children.push(...started)
      const { prefix } = place
      const nodes = redisNodes(place.url)
      await Promise.all(started.map((child) => reply(child, { nodes, prefix })))
      for (let round = 0; round < 3; round++) {
        const old = await issued(store)
        const outcomes = (await Promise.all(
          started.map((child) => reply(child, { old, attempts })),
        )) as Redemption[][]
        const all = outcomes.flat()
        expect(all).toHaveLength(processes * attempts)
        expect(all.filter(({ status }) => status === 'redeemed')).toHaveLength(1)
        expect(all.filter(({ status }) => status === 'replayed')).toHaveLength(all.length - 1)
        // What the others wrote on the way is gone.
        expect(await place.client.zcard(`${prefix}:m:{${old.grant.id}}`)).toBe(1)
      }
    })

    it('and never again, nor is anything found, once a revocation that raced with it is over', async () => {
      const [one, other] = [place.store(), place.store()]
      for (let round = 0; round < 100; round++) {
        const old = await issued(one)
        const tries = Array.from({ length: 4 }, () => successors())
        const redeeming = tries.map((some) => one.redeem(old, some))
        const extending = tries.map(() => other.extend(old.grant, successors()))
        if (round % 2) await Promise.race(redeeming)
        const by = round % 4 < 2 ? { grantId: old.grant.id } : { userId: old.grant.userId! }
        expect(await other.revoke(by)).toBe(1)
        const everything = [old, ...tries.flat()]
        const found = () => Promise.all(everything.map(({ hash }) => other.find(hash)))
        // What is still under way has written some of it.
        expect(await found()).toEqual(everything.map(() => null))
        await Promise.all([...redeeming, ...extending])
        expect(await found()).toEqual(everything.map(() => null))
      }
    })
  })
})

function reply(child: ChildProcess, order: unknown): Promise<unknown> {
  const replied = Promise.race([
    once(child, 'message').then(([message]) => message as unknown),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`It ended with ${code}`))),
  ])
  child.send(order as object)
  return replied
}
