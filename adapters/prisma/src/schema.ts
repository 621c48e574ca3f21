// The models of oauth.prisma, as a generated client has them. Nothing is imported from a generated
// client: any object with these members fits, and the models can have any name.

/** A row of the model `OAuthCredential`. */
export interface CredentialRow {
  id: string
  kind: string
  grantId: string | null
  claims: string | null
  ordinal: number
  clientId: string
  userId: string | null
  data: string
  createdAt: bigint
  expiresAt: bigint | null
  keepUntil: bigint | null
  owner: string | null
}

/** A row of the model `OAuthClient`. */
export interface ClientRow {
  id: string
  version: string
  data: string
}

/** A row of the model `OAuthUser`. */
export interface UserRow {
  id: string
  version: string
  /** `null` means that the user is deleted, and that the row is the deletion mark. */
  username: string | null
  passwordHash: string
  data: string | null
  deletedUntil: bigint | null
}

/** A row of the model `OAuthRecord`. */
export interface RecordRow {
  id: string
  data: string
  expiresAt: bigint
}

interface Count {
  count: number
}

/** All fields of a row, as `select` takes them. */
export type Fields<Row> = { [Name in keyof Row]: true }

/** What a model of the client must accept and return at least. */
export interface Model<Row, Key> {
  findUnique: (args: { where: Key; select: Fields<Row> }) => PromiseLike<Row | null>
  findMany: (args: { where: Partial<Row>; select: Fields<Row>; take: number }) => PromiseLike<Row[]>
  createMany: (args: { data: Row[] }) => PromiseLike<Count>
  updateMany: (args: { where: Partial<Row>; data: Partial<Row> }) => PromiseLike<Count>
  deleteMany: (args: { where: Partial<Row> }) => PromiseLike<Count>
}

interface ById {
  id: string
}

/** The unique keys of a credential: its id, or the credential that it claims and its ordinal. */
export type CredentialKey = ById | { claims_ordinal: { claims: string; ordinal: number } }
/** The unique keys of a user. */
export type UserKey = ById | { username: string }
export type CredentialModel = Model<CredentialRow, CredentialKey>
export type ClientModel = Model<ClientRow, ById>
export type UserModel = Model<UserRow, ById> & Model<UserRow, { username: string }>
export type RecordModel = Model<RecordRow, ById>

type Condition<T> = T | { in?: T[]; notIn?: T[]; not?: T; gt?: T; gte?: T; lt?: T }
type Conditions<Row> = { [K in keyof Row]?: Condition<Row[K]> }

/** A condition on rows. Prisma treats `undefined` as "any", so no value may be undefined. */
export type Where<Row> = Conditions<Row> & {
  AND?: Where<Row>[]
  OR?: Where<Row>[]
  members?: { none: Where<Row> }
}

/** The order of rows. */
export type OrderBy<Row> = { [Name in keyof Row]?: 'asc' }[]

/**
 * A model as the store uses it. Every read names its fields, because a client may omit some by
 * default.
 */
export interface Rows<Row, Key> {
  findUnique(args: { where: Key; select: Fields<Row> }): PromiseLike<Row | null>
  findMany<K extends keyof Row>(args: {
    where: Where<Row>
    select: { [Name in K]: true }
    orderBy?: OrderBy<Row>
    take?: number
  }): PromiseLike<Pick<Row, K>[]>
  createMany(args: { data: Row[]; skipDuplicates?: true }): PromiseLike<Count>
  /** Missing on MariaDB and MySQL. */
  createManyAndReturn?(args: {
    data: Row[]
    select: { id: true }
    skipDuplicates?: true
  }): PromiseLike<{ id: string }[]>
  updateMany(args: { where: Where<Row>; data: Partial<Row> }): PromiseLike<Count>
  deleteMany(args: { where: Where<Row> }): PromiseLike<Count>
}

/** The four models. */
export interface Models {
  credentials: Rows<CredentialRow, CredentialKey>
  clients: Rows<ClientRow, ById>
  users: Rows<UserRow, UserKey>
  records: Rows<RecordRow, ById>
}
