import type { Credential, NewCredential, Redemption, Store } from '@oauth2-kit/core'
import type { NewRow } from '../reference/procedures'
import { removeAt } from '../reference/store'
import type { CredentialRow } from '../reference/tables'
import type { Base } from './mutant'

type Redeem = Store['redeem']

/** Redeems one kind in the wrong way, and all others in the right way. */
export function redeemsWrongly(kind: Credential['kind'], wrongly: (base: Base) => Redeem) {
  return (base: Base): Partial<Store> => {
    const wrong = wrongly(base)
    return {
      redeem: (old, made) => (old.kind === kind ? wrong(old, made) : base.store.redeem(old, made)),
    }
  }
}

/** Reads whether the credential was redeemed, and then writes without checking again. */
export function readThenWrite(
  { run, store }: Base,
  lock: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Redeem {
  return (old, made) =>
    lock(async () => {
      const used = await run<CredentialRow[]>({
        do: 'select',
        table: 'credentials',
        where: { claims: old.hash },
      })
      if (used.length > 0) return store.redeem(old, made)
      return insertUnchecked(run, old, made)
    })
}

export async function insertUnchecked(
  run: Base['run'],
  old: Credential,
  made: NewCredential[],
): Promise<Redemption> {
  if (!(await run({ do: 'get', table: 'grants', key: old.grant.id }))) return { status: 'revoked' }
  const row = await run<CredentialRow | null>({ do: 'get', table: 'credentials', key: old.hash })
  if (row?.grantId !== old.grant.id) return { status: 'unknown' }
  await run({ do: 'insert', table: 'credentials', rows: rowsOf(old, made) })
  return { status: 'redeemed' }
}

function rowsOf(old: Credential, made: NewCredential[]): (NewRow & object)[] {
  return made.map((one, place) => ({
    ...one,
    grantId: old.grant.id,
    claims: old.hash,
    place,
    gone: false,
    removeAt: removeAt(one),
  }))
}
