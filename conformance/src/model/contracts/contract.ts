import type { Model } from '@oauth2-kit/core'
import type { Fixtures } from '../../types'
import type { ModelContractName } from './name'

/**
 * What a case asks of a model, by the function that does it in 2.4. A promise model has other
 * functions: see `promiseContract`.
 */
export type Operation = keyof Model

/** The members of a found code or token, by their names in 2.4. */
export type Member = 'expires' | 'clientId' | 'redirectUri'

/** A model of any contract. */
export type AnyModel = object

/** How an operation reaches the model. */
export interface Calls {
  readonly model: AnyModel
  readonly fixtures: Fixtures
  /** What a server knows about the clients and users of the model. It is kept for each case. */
  readonly known: Map<string, Promise<unknown>>
  /** Returns how many access tokens the case has saved before. */
  nextSave(): number
  /** Calls one function of the model, which is recorded and has a time limit. */
  call(name: string, ...args: unknown[]): Promise<unknown>
}

/** Functions that a model needs if it has `sign`; `null` means always. */
export interface Needed {
  readonly purpose: string
  readonly sign: string | null
  readonly functions: readonly string[]
}

/** How the cases ask a model of one contract. */
export interface ModelContract {
  readonly name: ModelContractName
  /** What a report has as its contract. */
  readonly title: 'model 2.4' | 'promise model'
  /** Such a model, in the words of a report. */
  readonly kind: string
  /** The contract, in the words of a report. */
  readonly inWords: string
  /** What the contract has no room for. */
  readonly lacks: string
  /** Whether functions may take a callback. */
  readonly callbacks: boolean
  /**
   * Whether the functions that save receive only clients and users that the model has returned. Then
   * a model may lose what belongs to any other, as one does that joins them.
   */
  readonly ownersExist: boolean
  /** Whether a token may have no expiry. */
  readonly neverExpires: boolean
  readonly needed: readonly Needed[]
  /** Returns the functions that the operation needs. Empty if the contract has no such operation. */
  functionsOf(operation: Operation): readonly string[]
  /** Returns whether the model can carry out the operation. */
  has(model: AnyModel, operation: Operation): boolean
  /**
   * Returns the function that does this, for a message, such as `getAuthCode()`. `tokenType` is for
   * `generateToken`.
   */
  titleOf(operation: Operation, tokenType?: string): string
  /** Returns the name of a member of what an operation finds, for a message. */
  memberOf(operation: Operation, member: Member): string
  /** Resolves with a user as a server passes it to the functions that save. */
  userOf(calls: Calls, user: { id: string | number }): Promise<object>
  /** Carries out the operation. Resolves with its result in the form of 2.4. */
  ask(calls: Calls, operation: Operation, args: readonly unknown[]): Promise<unknown>
  /** Resolves with whether a code or token that was found is revoked all the same. */
  isRevoked(calls: Calls, operation: Operation, found: unknown): Promise<boolean>
}
