import type { KeptGrant } from './schema'

/** Grants in the order of their sequence numbers. Revoked ones stay in the array for a while. */
interface Row {
  grants: KeptGrant[]
  revoked: number
}

/** A part of the grants of an owner. */
export interface Stretch {
  grants: KeptGrant[]
  /** The sequence number after which the next part begins; `null` if no grants follow. */
  next: number | null
}

/**
 * The grants of each user or each client, in the order in which they were issued. Most users have a
 * single grant, which is stored without an array: the array would take more memory than the grant.
 */
export class OwnedGrants {
  private readonly owners = new Map<string, KeptGrant | Row>()

  add(owner: string, grant: KeptGrant): void {
    const known = this.owners.get(owner)
    if (!known) this.owners.set(owner, grant)
    else if (isRow(known)) insert(known.grants, grant)
    else {
      const grants = [known]
      insert(grants, grant)
      this.owners.set(owner, { grants, revoked: 0 })
    }
  }

  /** Removes a grant that has no credentials left. */
  remove(owner: string, grant: KeptGrant): void {
    const known = this.owners.get(owner)
    if (known === grant) this.owners.delete(owner)
    if (!known || !isRow(known)) return
    known.revoked++
    if (known.revoked === known.grants.length) this.owners.delete(owner)
    else if (known.revoked > 16 && known.revoked * 4 > known.grants.length) {
      known.grants = known.grants.filter(isKept)
      known.revoked = 0
    }
  }

  /**
   * Reads up to `count` grants after that sequence number, and returns those that are not revoked.
   */
  after(owner: string, sequence: number, count: number): Stretch {
    const known = this.owners.get(owner)
    if (!known) return { grants: [], next: null }
    if (!isRow(known)) return { grants: known.sequence > sequence ? [known] : [], next: null }
    const start = placeAfter(known.grants, sequence)
    const end = start + count
    const seen = known.grants.slice(start, end)
    const next = end < known.grants.length ? seen.at(-1)!.sequence : null
    return { grants: seen.filter(isKept), next }
  }
}

function isRow(known: KeptGrant | Row): known is Row {
  return 'grants' in known
}

function isKept(grant: KeptGrant): boolean {
  return grant.newest !== null
}

function insert(grants: KeptGrant[], grant: KeptGrant): void {
  // Grants that are loaded from a snapshot and its journal may arrive out of order.
  if (grants.at(-1)!.sequence < grant.sequence) grants.push(grant)
  else grants.splice(placeAfter(grants, grant.sequence), 0, grant)
}

/** Returns the index of the first grant after that sequence number. */
function placeAfter(grants: KeptGrant[], sequence: number): number {
  let [low, high] = [0, grants.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (grants[middle]!.sequence > sequence) high = middle
    else low = middle + 1
  }
  return low
}
