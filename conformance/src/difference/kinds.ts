/** What happened to a value. */
export type Kind =
  | 'cut'
  | 'empty'
  | 'padded'
  | 'trimmed'
  | 'case'
  | 'normalised'
  | 'encoding'
  | 'json'
  | 'text'
  | 'rounded'
  | 'factor'
  | 'overflow'
  | 'zone'
  | 'time'
  | 'order'
  | 'split'
  | 'shortened'
  | 'longer'
  | 'missing'
  | 'extra'
  | 'null'
  | 'not null'
  | 'type'
  | 'value'

/** One difference between a result and the expected one. */
export interface Difference {
  /** Where it is: `data`, `scopes[1]`, `metadata.nested.list`; empty for the value itself. */
  readonly path: string
  readonly kind: Kind
  /** Describes it, as in "cut after 255 of 40,017 characters". */
  readonly text: string
}

/** A difference without its place. */
export type Found = Omit<Difference, 'path'>
