import { issues, noFindings, redeems } from '../checked'
import { equal, holds, show } from '../expect'
import { aCredential, aGrant, asFound, successors } from '../given'
import { group } from '../group'
import { aNamespace, storeOf } from '../session'
import { foundAs } from '../trial'

export const schema = group('schema', 'secure', [
  {
    id: 'check',
    title:
      'check() returns no finding for a schema that was created as documented, and writes nothing',
    why: 'If every start reports a false finding, operators ignore the real ones too.',
    fix: 'Compare the schema with what the store needs, not with one way to write it; write no probes.',
    async run(t) {
      const store = await t.elsewhere()
      for (let n = 0; n < 2; n++) noFindings(await store.check(), 'check()')
      equal(await store.listClients({ limit: 10 }), [], 'listClients() after check()')
      if (store.supports.users)
        equal(await store.listUsers?.({ limit: 10 }), [], 'listUsers() after check()')
    },
  },
  {
    id: 'concurrent-init',
    title: 'four stores that start at the same time on an empty database all work',
    why: 'A deployment starts several servers at the same moment, and some of them would fail.',
    fix: 'Use CREATE ... IF NOT EXISTS under a lock of the database, and treat "already exists" as success.',
    async run(t) {
      const context = t.session.context({ namespace: aNamespace() })
      const created = await Promise.all(
        [0, 1, 2, 3].map((instance) => t.session.open({ ...context, instance })),
      )
      try {
        const stores = created.map((one) => t.recorded(storeOf(one)))
        const issued = stores.map(() => ({ grant: aGrant(), credential: aCredential() }))
        // The first use of all four at the same time: some stores create their tables only then.
        await Promise.all(
          issued.map(({ grant, credential }, n) => issues(stores[n]!, grant, [credential])),
        )
        for (const [n, { grant, credential }] of issued.entries()) {
          const next = stores[(n + 1) % 4]!
          await foundAs(
            next,
            credential,
            grant,
            'A credential issued by another one of the four stores',
          )
          await redeems(next, asFound(credential, grant), successors())
          equal(await next.check(), [], 'check()')
        }
      } finally {
        for (const one of created) await t.session.close(one)
      }
    },
  },
  {
    id: 'drift',
    needs: ['damage'],
    title: 'check() reports a changed schema, with the problem and its fix',
    why: 'A dropped unique index breaks a promise of the store without any error.',
    fix: 'Compare every index with its options, the foreign key and the collations, not just names.',
    async run(t) {
      const { store, context } = await t.apart()
      noFindings(await store.check(), 'check() before the damage')
      const damage = await t.raw.damage(context)
      const findings = await store.check()
      holds(findings.length > 0, `check() returned no finding after: ${damage}`)
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
    title: 'find() and redeem() work for a credential that an older release has written',
    why: 'A deployment of the new release would sign every user out.',
    fix: 'Read what earlier releases wrote, or ship a migration.',
    async run(t) {
      const hash = await t.raw.older(t.context)
      const found = await t.store.find(hash)
      holds(
        found?.hash === hash,
        `find() of a credential of an older release returned ${show(found)}`,
      )
      await redeems(t.store, found, successors())
      equal(
        await t.store.revoke({ grantId: found.grant.id }),
        1,
        'The number of grants that revoke() counts',
      )
    },
  },
])
