import { issues, redeems } from '../checked'
import { equal, holds, show } from '../expect'
import { aCredential, aGrant, asFound, successors } from '../given'
import { group } from '../group'
import { aNamespace, storeOf } from '../session'
import { foundAs } from '../trial'

export const schema = group('schema', 'secure', [
  {
    id: 'check',
    title: 'check() finds nothing wrong with a schema that was made as the documentation says',
    why: 'A false alarm at every start is one that nobody reads.',
    fix: 'Compare what there is with what is needed, not with how you would write it.',
    async run({ store }) {
      equal(await store.check(), [], 'check')
    },
  },
  {
    id: 'concurrent-init',
    title: 'four stores that start at once on an empty database all work',
    why: 'Every deployment starts several servers at the same moment.',
    fix: 'CREATE ... IF NOT EXISTS under a lock of the database, and take "exists already" for done.',
    async run(t) {
      const context = t.session.context({ namespace: aNamespace() })
      const created = await Promise.all(
        [0, 1, 2, 3].map((instance) => t.session.open({ ...context, instance })),
      )
      try {
        const stores = created.map((one) => t.recorded(storeOf(one)))
        const issued = stores.map(() => ({ grant: aGrant(), credential: aCredential() }))
        // The first use of all four at once: some make their tables only then.
        await Promise.all(
          issued.map(({ grant, credential }, n) => issues(stores[n]!, grant, [credential])),
        )
        for (const [n, { grant, credential }] of issued.entries()) {
          const next = stores[(n + 1) % 4]!
          await foundAs(next, credential, grant, 'What another one of the four has issued')
          await redeems(next, asFound(credential, grant), successors())
          equal(await next.check(), [], 'check')
        }
      } finally {
        for (const one of created) await t.session.close(one)
      }
    },
  },
  {
    id: 'drift',
    needs: ['damage'],
    title: 'check() finds a schema that was changed, and says what to do',
    why: 'A unique index that somebody dropped is a promise that nobody keeps any more.',
    fix: 'Compare every index with its options, the foreign key and the collations, not just names.',
    async run(t) {
      const { store, context } = await t.apart()
      equal(await store.check(), [], 'check, before')
      const damage = await t.raw.damage(context)
      const findings = await store.check()
      holds(findings.length > 0, `check() finds nothing after: ${damage}`)
      for (const { problem, fix } of findings) {
        const complete =
          typeof problem === 'string' && problem !== '' && typeof fix === 'string' && fix !== ''
        holds(complete, `A finding without "problem" or "fix": ${show({ problem, fix })}`)
      }
    },
  },
  {
    id: 'upgrade',
    needs: ['older'],
    title: 'what an older release has written is found and redeemed',
    why: 'A deployment must not sign everybody out.',
    fix: 'Read what earlier releases wrote, or ship a migration.',
    async run(t) {
      const hash = await t.raw.older(t.context)
      const found = await t.store.find(hash)
      holds(found?.hash === hash, `find of a credential of an older release gave ${show(found)}`)
      await redeems(t.store, found, successors())
      equal(await t.store.revoke({ grantId: found.grant.id }), 1, 'revoke of its grant')
    },
  },
])
