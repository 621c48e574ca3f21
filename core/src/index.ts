import { createClient } from './create-client'
import type * as clients from './create-client'
import type * as authorize from './endpoints/authorize'
import type * as decide from './endpoints/decide'
import * as errors from './errors'
import type * as eventTypes from './events'
import { createServer } from './http/create-server'
import type * as express from './http/express'
import type * as request from './http/request'
import * as server from './oauth-server'
import type * as options from './options'
import type * as profile from './profile'
import { hashPassword, verifyPassword } from './security/password'
import type * as password from './security/password'
import type * as contract from './store/contract'
import type * as model from './store/model'
import { toModel } from './store/to-model'
import type * as modelOnStore from './store/to-model'
import { authenticateUser } from './store/users'

const named = {
  ...errors,
  OAuth2Server: server.OAuth2Server,
  authenticateUser,
  createClient,
  createServer,
  hashPassword,
  toModel,
  verifyPassword,
}

/** Makes an OAuth 2 provider for Express 4 and 5; called with or without `new`. */
interface OAuthServerFunction {
  (options: options.Options): server.OAuth2Server
  new (options: options.Options): server.OAuth2Server
  readonly prototype: server.OAuth2Server
}

const oauthserver = Object.assign(function oauthserver(given: options.Options) {
  return new server.OAuth2Server(given)
}, named) as unknown as OAuthServerFunction & typeof named
Object.defineProperty(oauthserver, 'prototype', { value: server.OAuth2Server.prototype })

// oxlint-disable-next-line typescript/no-namespace -- where the types of an `export =` live
namespace oauthserver {
  export type AccessDeniedError = errors.AccessDeniedError
  export type AuthoriseOptions = server.AuthoriseOptions
  export type AuthorizationRequest = authorize.AuthorizationRequest
  export type Callback<T = unknown> = model.Callback<T>
  export type Check = decide.Check
  export type Client = contract.Client
  export type Consent = decide.Consent
  export type CreatedClient = clients.CreatedClient
  export type Credential = contract.Credential
  export type ErrorMiddleware = express.ErrorMiddleware
  export type EventMap = eventTypes.EventMap
  export type Events = eventTypes.Events
  export type Finding = contract.Finding
  export type Grant = contract.Grant
  export type GrantRef = contract.GrantRef
  export type Hash = contract.Hash
  export type Hooks<U extends decide.SignedInUser = decide.SignedInUser> = decide.Hooks<U>
  export type InsufficientScopeError = errors.InsufficientScopeError
  export type InvalidClientError = errors.InvalidClientError
  export type InvalidGrantError = errors.InvalidGrantError
  export type InvalidRequestError = errors.InvalidRequestError
  export type InvalidScopeError = errors.InvalidScopeError
  export type InvalidTokenError = errors.InvalidTokenError
  export type Manifest = contract.Manifest
  export type Middleware = express.Middleware
  export type MissingTokenError = errors.MissingTokenError
  export type Model = model.Model
  export type NewClient = clients.NewClient
  export type NewCredential = contract.NewCredential
  export type OAuth2Error = errors.OAuth2Error
  export type OAuth2Server = server.OAuth2Server
  export type OAuthDetails = request.OAuthDetails
  export type OAuthErrorCode = errors.OAuthErrorCode
  export type Options = options.Options
  export type Page = contract.Page
  export type Passwords = password.Passwords
  export type ProfileName = profile.ProfileName
  export type Redemption = contract.Redemption
  export type Selector = contract.Selector
  export type ServerError = errors.ServerError
  export type SignedInUser = decide.SignedInUser
  export type Store = contract.Store
  export type StoreModel = modelOnStore.StoreModel
  export type TemporarilyUnavailableError = errors.TemporarilyUnavailableError
  export type ToModelOptions = modelOnStore.ToModelOptions
  export type UnauthorizedClientError = errors.UnauthorizedClientError
  export type UnsupportedGrantTypeError = errors.UnsupportedGrantTypeError
  export type UnsupportedResponseTypeError = errors.UnsupportedResponseTypeError
  export type User = contract.User
  export type Users = options.Users
}

// Node finds the names that `import { ... }` may use by reading this file, not by running it.
exports.AccessDeniedError = exports.InsufficientScopeError = exports.InvalidClientError = undefined
exports.InvalidGrantError = exports.InvalidRequestError = exports.InvalidScopeError = undefined
exports.InvalidTokenError =
  exports.MissingTokenError =
  exports.OAuth2Error =
  exports.OAuth2Server =
    undefined
exports.ServerError =
  exports.TemporarilyUnavailableError =
  exports.UnauthorizedClientError =
    undefined
exports.UnsupportedGrantTypeError = exports.UnsupportedResponseTypeError = undefined
exports.authenticateUser = exports.createClient = exports.createServer = undefined
exports.hashPassword = exports.toModel = exports.verifyPassword = undefined

export = oauthserver
