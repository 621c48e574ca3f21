import type { Variant } from '../mutant'

/** Other results that a call must not confuse with its own. */
const confusions: Readonly<Record<string, readonly (readonly [unknown, unknown])[]>> = {
  redeem: [
    ['replayed', 'revoked'],
    ['replayed', 'unknown'],
    ['revoked', 'replayed'],
    ['revoked', 'unknown'],
    ['unknown', 'replayed'],
    ['unknown', 'redeemed'],
  ],
}

/** Arguments that a method ignores or takes for another. */
const ignoring: readonly Variant[] = [
  {
    name: 'issue() ignores its conditions',
    breaks: ({ store }) => ({ issue: (grant, made) => store.issue(grant, made, {}) }),
  },
  {
    name: 'issue() takes the condition of an unknown client for none',
    breaks: ({ store }) => ({
      issue: async (grant, made, conditions) =>
        store.issue(grant, made, (await store.getClient(grant.clientId)) ? conditions : {}),
    }),
  },
  {
    name: 'issue() writes the first credential only',
    breaks: ({ store }) => ({
      issue: (grant, made, conditions) => store.issue(grant, made.slice(0, 1), conditions),
    }),
  },
  {
    name: 'extend() writes the first credential only',
    breaks: ({ store }) => ({ extend: (grant, made) => store.extend(grant, made.slice(0, 1)) }),
  },
  {
    name: 'extend() replaces the access tokens of the grant',
    breaks: ({ store, run }) => ({
      async extend(grant, made) {
        if (made.some(({ kind }) => kind === 'access')) {
          const where = { grantId: grant.id, kind: 'access', claims: null }
          await run({ do: 'remove', table: 'credentials', where })
        }
        return store.extend(grant, made)
      },
    }),
  },
  {
    name: 'extend() looks for the grant by its client',
    breaks: ({ store }) => ({
      async extend(grant, made) {
        const { grants } = await store.listGrants({ clientId: grant.clientId }, { limit: 1 })
        return store.extend(grants[0] ?? grant, made)
      },
    }),
  },
  ...[0, 1, 2, 3].map((n): Variant => ({
    name: `redeem() drops successor number ${n + 1}`,
    breaks: ({ store }) => ({
      redeem: (old, made) =>
        store.redeem(old, made.length > 1 ? made.filter((_, at) => at !== n) : made),
    }),
  })),
  {
    name: 'redeem() writes its successors in another order',
    breaks: ({ store }) => ({ redeem: (old, made) => store.redeem(old, made.toReversed()) }),
  },
  {
    name: 'redeem() takes any shared successor for a retry',
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        if (outcome.status !== 'replayed') return outcome
        const where = { claims: old.hash }
        const rows = await run<{ hash: string }[]>({ do: 'select', table: 'credentials', where })
        const isShared = rows.some(({ hash }) => made.some((one) => one.hash === hash))
        return isShared ? { status: 'redeemed' } : outcome
      },
    }),
  },
  {
    name: 'redeem() adds what a retry has and the first attempt had not',
    breaks: ({ store }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        if (outcome.status !== 'redeemed') return outcome
        for (const one of made)
          if (!(await store.find(one.hash))) await store.extend(old.grant, [one]).catch(() => {})
        return outcome
      },
    }),
  },
  {
    name: 'redeem() ignores the grant of the credential',
    breaks: ({ store }) => ({
      async redeem(old, made) {
        const found = await store.find(old.hash)
        return store.redeem(found ?? old, made)
      },
    }),
  },
  {
    name: 'redeem() removes the access tokens of the grant',
    breaks: ({ store, run }) => ({
      async redeem(old, made) {
        const where = { grantId: old.grant.id, kind: 'access', claims: null }
        const outcome = await store.redeem(old, made)
        if (outcome.status === 'redeemed') await run({ do: 'remove', table: 'credentials', where })
        return outcome
      },
    }),
  },
  {
    name: 'isRedeemed() looks for a live successor',
    breaks: ({ run }) => ({
      async isRedeemed({ hash }) {
        if (typeof hash !== 'string') return false
        const where = { claims: hash, gone: false }
        return (await run<object[]>({ do: 'select', table: 'credentials', where })).length > 0
      },
    }),
  },
  {
    name: 'revoke() by user and client ignores the client',
    breaks: ({ store }) => ({
      revoke: (selector) =>
        store.revoke('userId' in selector ? { userId: selector.userId } : selector),
    }),
  },
  {
    name: 'revoke() by user and client ignores the user',
    breaks: ({ store }) => ({
      revoke: (selector) =>
        store.revoke(
          'userId' in selector && selector.clientId !== undefined
            ? { clientId: selector.clientId }
            : selector,
        ),
    }),
  },
  {
    name: 'revoke() by client leaves the grants of the client itself',
    breaks: ({ store }) => ({
      async revoke(selector) {
        if ('grantId' in selector || 'userId' in selector) return store.revoke(selector)
        const { grants } = await store.listGrants(selector, { limit: 100_000 })
        const users = grants.filter(({ userId }) => userId !== null)
        for (const { id } of users) await store.revoke({ grantId: id })
        return users.length
      },
    }),
  },
  {
    name: 'revoke() by user also revokes the grants of its clients themselves',
    breaks: ({ store }) => ({
      async revoke(selector) {
        if (!('userId' in selector)) return store.revoke(selector)
        const { grants } = await store.listGrants(selector, { limit: 100_000 })
        const count = await store.revoke(selector)
        for (const clientId of new Set(grants.map((grant) => grant.clientId))) {
          const own = await store.listGrants({ clientId }, { limit: 100_000 })
          for (const { id, userId } of own.grants)
            if (userId === null) await store.revoke({ grantId: id })
        }
        return count
      },
    }),
  },
  {
    name: 'revoke() keeps the sealed answers of a grant',
    breaks: ({ store }) => {
      const answers = new Map<string, string>()
      const gone = new Set<string>()
      const kept = new Map<string, unknown>()
      return {
        async redeem(old, made) {
          for (const { hash, kind } of made) if (kind === 'answer') answers.set(hash, old.grant.id)
          return store.redeem(old, made)
        },
        async revoke(selector) {
          if ('grantId' in selector) {
            gone.add(selector.grantId)
            for (const [hash, id] of answers)
              if (id === selector.grantId) kept.set(hash, await store.find(hash))
          }
          return store.revoke(selector)
        },
        find: async (hash) => (await store.find(hash)) ?? ((kept.get(hash) ?? null) as never),
      }
    },
  },
  {
    name: 'revokeAccessToken() also revokes the other access tokens of the grant',
    breaks: ({ store, run }) => ({
      async revokeAccessToken(hash) {
        const found = await store.find(hash)
        if (found?.kind !== 'access') return store.revokeAccessToken(hash)
        const where = { grantId: found.grant.id, kind: 'access' }
        const rows = await run<{ hash: string }[]>({ do: 'select', table: 'credentials', where })
        for (const row of rows) await store.revokeAccessToken(row.hash)
      },
    }),
  },
  ...(['code', 'refresh', 'used', 'answer'] as const).map((kind): Variant => ({
    name: `revokeAccessToken() also removes a credential of kind ${kind}`,
    breaks: ({ store, run }) => ({
      async revokeAccessToken(hash) {
        await store.revokeAccessToken(hash)
        await run({ do: 'remove', table: 'credentials', where: { hash, kind } })
      },
    }),
  })),
  {
    name: 'listGrants() ignores its limit',
    breaks: ({ store }) => ({
      listGrants: (selector) => store.listGrants(selector, { limit: 100_000 }),
    }),
  },
  {
    name: 'listGrants() ignores "after"',
    breaks: ({ store }) => ({
      listGrants: (selector, { limit }) => store.listGrants(selector, { limit }),
    }),
  },
  {
    name: 'listGrants() never has a next page',
    breaks: ({ store }) => ({
      async listGrants(selector, page) {
        return { ...(await store.listGrants(selector, page)), next: null }
      },
    }),
  },
  {
    name: 'listGrants() leaves out the grants of clients themselves',
    breaks: ({ store }) => ({
      async listGrants(selector, page) {
        const { grants, next } = await store.listGrants(selector, page)
        return { grants: grants.filter(({ userId }) => userId !== null), next }
      },
    }),
  },
  {
    name: 'listGrants() leaves out grants without a refresh token',
    breaks: ({ store, run }) => ({
      async listGrants(selector, page) {
        const { grants, next } = await store.listGrants(selector, page)
        const kept = []
        for (const grant of grants) {
          const where = { grantId: grant.id, kind: 'refresh' }
          const rows = await run<object[]>({ do: 'select', table: 'credentials', where })
          if (rows.length > 0) kept.push(grant)
        }
        return { grants: kept, next }
      },
    }),
  },
  {
    name: 'addRecord() replaces an expired record',
    breaks: ({ store }) => ({
      async addRecord(record) {
        const known = await store.getRecord(record.key)
        if (known && known.expiresAt < Date.now()) await store.takeRecord(record.key)
        return store.addRecord(record)
      },
    }),
  },
  {
    name: 'addRecord() returns true for the same record',
    breaks: ({ store }) => ({
      async addRecord(record) {
        if (await store.addRecord(record)) return true
        return JSON.stringify(await store.getRecord(record.key)) === JSON.stringify(record)
      },
    }),
  },
  {
    name: 'getRecord() does not find what has expired',
    breaks: ({ store }) => ({
      async getRecord(key) {
        const record = await store.getRecord(key)
        return record && record.expiresAt > Date.now() ? record : null
      },
    }),
  },
  {
    name: 'takeRecord() does not find what has expired',
    breaks: ({ store }) => ({
      async takeRecord(key) {
        const record = await store.takeRecord(key)
        return record && record.expiresAt > Date.now() ? record : null
      },
    }),
  },
  {
    name: 'find() does not find what has expired',
    breaks: ({ store }) => ({
      async find(hash) {
        const found = await store.find(hash)
        return found && (found.expiresAt === null || found.expiresAt > Date.now()) ? found : null
      },
    }),
  },
  {
    name: 'find() does not find what was redeemed',
    breaks: ({ store }) => ({
      async find(hash) {
        const found = await store.find(hash)
        return found && (await store.isRedeemed(found)) ? null : found
      },
    }),
  },
  ...(['credentials', 'shortLived'] as const).map((cutoff): Variant => ({
    name: `purge() uses "${cutoff}" for everything`,
    breaks: ({ store }) => ({
      purge: (before, limit) =>
        store.purge({ credentials: before[cutoff], shortLived: before[cutoff] }, limit),
    }),
  })),
  ...([-1000, -1, 1, 1000] as const).map((ms): Variant => ({
    name: `purge() is ${ms} ms off`,
    breaks: ({ store }) => ({
      purge: ({ credentials, shortLived }, limit) =>
        store.purge({ credentials: credentials + ms, shortLived: shortLived + ms }, limit),
    }),
  })),
  {
    name: 'purge() never has more',
    breaks: ({ store }) => ({
      purge: async (before, limit) => ({ ...(await store.purge(before, limit)), more: false }),
    }),
  },
  {
    name: 'purge() ignores its limit',
    breaks: ({ store }) => ({ purge: (before) => store.purge(before, 1e9) }),
  },
  {
    name: 'purge() reports one entry too many',
    breaks: ({ store }) => ({
      async purge(before, limit) {
        const { deleted, more } = await store.purge(before, limit)
        return { deleted: deleted + 1, more }
      },
    }),
  },
  {
    name: 'deleteUser() marks users who are not in the store',
    breaks: ({ store, run }) => ({
      async deleteUser(id, until) {
        await store.deleteUser(id, until)
        await run({ do: 'put', table: 'marks', row: { id, until } })
      },
    }),
  },
  {
    name: 'deleteUser() leaves no mark',
    breaks: ({ store, run }) => ({
      async deleteUser(id, until) {
        await store.deleteUser(id, until)
        await run({ do: 'remove', table: 'marks', where: { id } })
      },
    }),
  },
  {
    name: 'deleteUser() marks for an hour at most',
    breaks: ({ store }) => ({
      deleteUser: (id, until) => store.deleteUser(id, Math.min(until, Date.now() + 3_600_000)),
    }),
  },
  {
    name: 'createUser() removes the mark of a deleted user',
    breaks: ({ store, run }) => ({
      async createUser(user) {
        const created = await store.createUser(user)
        await run({ do: 'remove', table: 'marks', where: { id: user.id } })
        return created
      },
    }),
  },
]

function onConfusions(): Variant[] {
  return (confusions['redeem'] ?? []).map(([from, to]) => ({
    name: `redeem() returns "${String(to)}" instead of "${String(from)}"`,
    breaks: ({ store }) => ({
      async redeem(old, made) {
        const outcome = await store.redeem(old, made)
        return (outcome.status === from ? { status: to } : outcome) as never
      },
    }),
  }))
}

/** Stores that ignore one rule of one method. */
export function ruleVariants(): Variant[] {
  return [...ignoring, ...onConfusions()]
}
