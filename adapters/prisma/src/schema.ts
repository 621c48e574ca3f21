// The models of oauth.prisma, as a generated client has them. Nothing is imported from such a client:
// whatever has these members will do, under whatever name.

/** A row of the model `OAuthCredential`. */
export interface CredentialRow {
  id: string
  kind: string
  grantId: string | null
  claims: string | null
  claimsGrantId: string | null
  ordinal: number
  clientId: string
  userId: string | null
  data: string
  createdAt: bigint
  expiresAt: bigint | null
}

/** A row of the model `OAuthClient`. */
export interface ClientRow {
  id: string
  data: string
  createdAt: bigint
}

/** A row of the model `OAuthUser`. */
export interface UserRow {
  id: string
  username: string
  passwordHash: string
  data: string
}

interface Count {
  count: number
}

/** What a model of the client must accept and give, at the least. */
export interface Model<Row, Key> {
  findUnique: (args: { where: Key }) => PromiseLike<Row | null>
  findMany: (args: { where: Partial<Row>; take: number }) => PromiseLike<Row[]>
  createMany: (args: { data: Row[] }) => PromiseLike<Count>
  updateMany: (args: { where: Partial<Row>; data: Partial<Row> }) => PromiseLike<Count>
  deleteMany: (args: { where: Partial<Row> }) => PromiseLike<Count>
}

/** Where a credential is found: by its id, or by what it claims. */
export type CredentialKey =
  | { id: string }
  | { claimsGrantId_claims_ordinal: { claimsGrantId: string; claims: string; ordinal: number } }
export type CredentialModel = Model<CredentialRow, CredentialKey>
export type ClientModel = Model<ClientRow, { id: string }>
export type UserModel = Model<UserRow, { username: string }>

type Condition<T> = T | { equals?: T; in?: T[]; notIn?: T[]; not?: T; gt?: T; gte?: T; lt?: T }
type Conditions<Row> = { [K in keyof Row]?: Condition<NonNullable<Row[K]>> }

/** Rows to look for. Prisma takes an `undefined` for "any": nothing here may be one. */
export type Where<Row> = Conditions<Row> & {
  OR?: Where<Row>[]
  members?: { some?: Where<Row>; none?: Where<Row> }
}

/** A model as the store uses it. */
export interface Rows<Row, Key> {
  findUnique(args: { where: Key }): PromiseLike<Row | null>
  findMany<K extends keyof Row = keyof Row>(args: {
    where: Where<Row>
    select?: { [Name in K]: true }
    orderBy?: { [Name in keyof Row]?: 'asc' }[]
    take?: number
  }): PromiseLike<Pick<Row, K>[]>
  createMany(args: { data: Row[]; skipDuplicates?: true }): PromiseLike<Count>
  updateMany(args: { where: Where<Row>; data: Partial<Row> }): PromiseLike<Count>
  deleteMany(args: { where: Where<Row> }): PromiseLike<Count>
}

/** The three models. */
export interface Models {
  credentials: Rows<CredentialRow, CredentialKey>
  clients: Rows<ClientRow, { id: string }>
  users: Rows<UserRow, { username: string }>
}
