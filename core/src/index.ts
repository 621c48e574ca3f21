import {
  deleteClient,
  getClient,
  listClients,
  rotateClientSecret,
  updateClient,
} from './admin/clients'
import type * as clientAdmin from './admin/clients'
import { createClient } from './admin/create-client'
import type * as clients from './admin/create-client'
import { importGrants } from './admin/import/import-grants'
import type * as importing from './admin/import/import-grants'
import type * as importStore from './admin/import/importing'
import type * as importOptions from './admin/import/import-options'
import type * as importReport from './admin/import/import-report'
import type * as importedRows from './admin/import/rows'
import { purge } from './admin/purge'
import type * as purgeOptions from './admin/purge-options'
import { revokeGrants } from './admin/revoke-grants'
import type * as adminOptions from './admin/admin-options'
import { startPurge } from './admin/start-purge'
import type * as purging from './admin/start-purge'
import { createUser, deleteUser, getUser, listUsers, setPassword } from './admin/users'
import type * as userAdmin from './admin/users'
import type * as authorizationRequest from './endpoints/authorization-request'
import type * as decide from './endpoints/decide'
import type * as device from './endpoints/device'
import type * as errorCode from './errors/error-code'
import * as errors from './errors/errors'
import type * as eventTypes from './events'
import type * as bearer from './frameworks/bearer'
import { createServer } from './frameworks/create-server'
import type * as express from './frameworks/express'
import type * as listener from './frameworks/listener'
import type * as request from './http/request'
import type * as response from './http/response'
import type * as routes from './endpoints/route-options'
import type * as web from './frameworks/web'
import * as server from './server'
import * as optionError from './errors/option-error'
import type * as clientMetadata from './options/client-metadata'
import type * as dpop from './options/dpop-options'
import type * as registration from './options/registration-options'
import type * as options from './options/server-options'
import type * as profile from './profile'
import type * as assertion from './protocol/assertion'
import type * as limiter from './contract/limiter'
import { keysFromFile } from './crypto/keys-file'
import type * as keysFile from './crypto/keys-file'
import type * as keySet from './crypto/key-set'
import type * as signingKey from './crypto/signing-key'
import { hashPassword, verifyPassword } from './crypto/password'
import type * as password from './crypto/password'
import { assertStore } from './contract/store'
import type * as contract from './contract/store'
import type * as expressTypes from './contract/express-types'
import type * as userId from './contract/user-id'
import type * as model from './contract/model'
import { toModel } from './model-2.4/to-model'
import type * as modelOnStore from './model-2.4/to-model'
import type * as promiseModel from './model-promise/model'
import type * as promiseOptions from './model-promise/options'
import { toPromiseModel } from './model-promise/to-promise-model'
import { assertNodeVersion } from './node-version'
import { authenticateUser } from './storage/users'
import { withoutSecret } from './storage/without-secret'

assertNodeVersion()

const named = {
  ...errors,
  OAuth2Server: server.OAuth2Server,
  OptionError: optionError.OptionError,
  assertStore,
  authenticateUser,
  createClient,
  createServer,
  createUser,
  deleteClient,
  deleteUser,
  getClient,
  getUser,
  hashPassword,
  importGrants,
  keysFromFile,
  listClients,
  listUsers,
  purge,
  revokeGrants,
  rotateClientSecret,
  setPassword,
  startPurge,
  toModel,
  toPromiseModel,
  updateClient,
  verifyPassword,
  withoutSecret,
}

/** Returns an OAuth 2 provider. Can be called with or without `new`. */
interface OAuthServerFunction {
  (options: options.Options): server.OAuth2Server
  new (options: options.Options): server.OAuth2Server
  readonly prototype: server.OAuth2Server
}

const oauthserver = Object.assign(function oauthserver(input: options.Options) {
  return new server.OAuth2Server(input)
}, named) as unknown as OAuthServerFunction & typeof named
Object.defineProperty(oauthserver, 'prototype', { value: server.OAuth2Server.prototype })

// oxlint-disable-next-line typescript/no-namespace -- needed for the types of an `export =`
namespace oauthserver {
  export type AccessDeniedError = errors.AccessDeniedError
  export type AccessTokenClaims = request.AccessTokenClaims
  export type AccessTokenFormat = contract.AccessTokenFormat
  export type AdminOptions = adminOptions.AdminOptions
  export type AssertionClaims = assertion.AssertionClaims
  export type AssertionContext = options.AssertionContext
  export type Attempt = limiter.Attempt
  export type AttemptEvent = eventTypes.AttemptEvent
  export type Authenticated = bearer.Authenticated
  export type AuthoriseOptions = bearer.AuthoriseOptions
  export type AuthorizationRequest = authorizationRequest.AuthorizationRequest
  export type AuthorizationPendingError = errors.AuthorizationPendingError
  export type AuthMethod = contract.AuthMethod
  export type Callback<T = unknown> = model.Callback<T>
  export type Check = decide.Check
  export type Claims = options.Claims
  export type ClaimsContext = options.ClaimsContext
  export type Client = contract.Client
  export type ClientChanges = clientAdmin.ClientChanges
  export type ClientEvent = eventTypes.ClientEvent
  export type ClientInfo = contract.ClientInfo
  export type ClientMetadata = registration.ClientMetadata
  export type ClientMetadataCache = clientMetadata.ClientMetadataCache
  export type ClientMetadataContext = clientMetadata.ClientMetadataContext
  export type ClientMetadataOptions = clientMetadata.ClientMetadataOptions
  export type ClientRegistration = contract.ClientRegistration
  export type Consent = decide.Consent
  export type ConsentRequest<U extends userId.SignedInUser = userId.SignedInUser> =
    decide.ConsentRequest<U>
  export type ConsentRequiredError = errors.ConsentRequiredError
  export type CreatedClient = clients.CreatedClient
  export type Credential = contract.Credential
  export type DeviceDetails = authorizationRequest.DeviceDetails
  export type DeviceHooks<
    Req = expressTypes.HookRequest,
    Res = expressTypes.HookResponse,
  > = decide.DeviceHooks<Req, Res>
  export type DevicePage = device.DevicePage
  export type DpopOptions = dpop.DpopOptions
  export type ErrorCode = errorCode.ErrorCode
  export type ErrorMiddleware = express.ErrorMiddleware
  export type EventMap = eventTypes.EventMap
  export type Events = eventTypes.Events
  export type ExpiredTokenError = errors.ExpiredTokenError
  export type Finding = contract.Finding
  export type Grant = contract.Grant
  export type GrantPage = contract.GrantPage
  export type GrantRef = contract.GrantRef
  export type Hash = contract.Hash
  export type HookContext = options.HookContext
  export type Hooks<
    U extends userId.SignedInUser = userId.SignedInUser,
    Req = expressTypes.HookRequest,
    Res = expressTypes.HookResponse,
  > = decide.Hooks<U, Req, Res>
  export type ImportCounts = importReport.ImportCounts
  export type ImportedClient = importedRows.ImportedClient
  export type ImportedGrant = importedRows.ImportedGrant
  export type ImportedTime = importedRows.ImportedTime
  export type ImportedUser = importedRows.ImportedUser
  export type ImportFailure = importReport.ImportFailure
  export type ImportOptions = importOptions.ImportOptions
  export type ImportReport = importReport.ImportReport
  export type ImportRow = importedRows.ImportRow
  export type ImportRows = importing.ImportRows
  export type ImportStore = importStore.ImportStore
  export type InsufficientScopeError = errors.InsufficientScopeError
  export type InvalidClientError = errors.InvalidClientError
  export type InvalidClientMetadataError = errors.InvalidClientMetadataError
  export type InvalidDpopProofError = errors.InvalidDpopProofError
  export type InvalidGrantError = errors.InvalidGrantError
  export type InvalidRedirectUriError = errors.InvalidRedirectUriError
  export type InvalidRequestError = errors.InvalidRequestError
  export type InvalidRequestUriError = errors.InvalidRequestUriError
  export type InvalidScopeError = errors.InvalidScopeError
  export type InvalidSoftwareStatementError = errors.InvalidSoftwareStatementError
  export type InvalidTargetError = errors.InvalidTargetError
  export type InvalidTokenError = errors.InvalidTokenError
  export type IssueConditions = contract.IssueConditions
  export type JsonWebKeySet = contract.JsonWebKeySet
  export type Limiter = limiter.Limiter
  export type Listener = listener.Listener
  export type ListenerOptions<U extends userId.SignedInUser = userId.SignedInUser> =
    server.ListenerOptions<U>
  export type LoginRequiredError = errors.LoginRequiredError
  export type Manifest = contract.Manifest
  export type Middleware = express.Middleware
  export type MissingTokenError = errors.MissingTokenError
  export type Model = model.Model
  export type ModelOptions = options.ModelOptions
  export type NewClient = clients.NewClient
  export type NewCredential = contract.NewCredential
  export type NewUser = userAdmin.NewUser
  export type OAuth2Error = errors.OAuth2Error
  export type OAuth2Server = server.OAuth2Server
  export type OAuthDetails = request.OAuthDetails
  export type OAuthErrorCode = errors.OAuthErrorCode
  export type OAuthResponse = response.OAuthResponse
  export type OptionError = optionError.OptionError
  export type Options = options.Options
  export type Page = contract.Page
  export type Passwords = password.Passwords
  export type PromiseModel<S extends string | string[] = string[]> = promiseModel.PromiseModel<S>
  export type PromiseModelClient = promiseModel.PromiseModelClient
  export type PromiseModelCode<S extends string | string[] = string[]> =
    promiseModel.PromiseModelCode<S>
  export type PromiseModelNewCode<S extends string | string[] = string[]> =
    promiseModel.PromiseModelNewCode<S>
  export type PromiseModelNewToken<S extends string | string[] = string[]> =
    promiseModel.PromiseModelNewToken<S>
  export type PromiseModelRefreshToken<S extends string | string[] = string[]> =
    promiseModel.PromiseModelRefreshToken<S>
  export type PromiseModelToken<S extends string | string[] = string[]> =
    promiseModel.PromiseModelToken<S>
  export type PromiseModelUser = promiseModel.PromiseModelUser
  export type PrivateJwk = signingKey.PrivateJwk
  export type PrivateJwkSet = keysFile.PrivateJwkSet
  export type PrivateKey = signingKey.PrivateKey
  export type PrivateKeys = keySet.PrivateKeys
  export type ProfileName = profile.ProfileName
  export type PurgeBefore = contract.PurgeBefore
  export type PurgeOptions = purgeOptions.PurgeOptions
  export type Purging = purging.Purging
  export type RedirectUriOptions = adminOptions.RedirectUriOptions
  export type Redemption = contract.Redemption
  export type RegistrationAttempt = registration.RegistrationAttempt
  export type RegistrationOptions = registration.RegistrationOptions
  export type Refused<R> = bearer.Refused<R>
  export type ResourceOptions = routes.ResourceOptions
  export type RevokedEvent = eventTypes.RevokedEvent
  export type RouteOptions = routes.RouteOptions
  export type RouterOptions<U extends userId.SignedInUser = userId.SignedInUser> =
    server.RouterOptions<U>
  export type Scopes = bearer.Scopes
  export type ScopesContext = options.ScopesContext
  export type ScopesOfRequest = bearer.ScopesOfRequest
  export type Selector = contract.Selector
  export type RequestNotSupportedError = errors.RequestNotSupportedError
  export type RequestUriNotSupportedError = errors.RequestUriNotSupportedError
  export type ServerError = errors.ServerError
  export type SignedInUser = userId.SignedInUser
  export type SlowDownError = errors.SlowDownError
  export type StartPurgeOptions = purgeOptions.StartPurgeOptions
  export type Store = contract.Store
  export type StoreOptions = options.StoreOptions
  export type StoredRecord = contract.StoredRecord
  export type StoreModel = modelOnStore.StoreModel
  export type TemporarilyUnavailableError = errors.TemporarilyUnavailableError
  export type ToModelOptions = modelOnStore.ToModelOptions
  export type ToPromiseModelOptions<S extends string | string[] = string[]> =
    promiseOptions.ToPromiseModelOptions<S>
  export type TokenContext = options.TokenContext
  export type TooManyRequestsError = errors.TooManyRequestsError
  export type TrustedIssuer = options.TrustedIssuer
  export type UnapprovedSoftwareStatementError = errors.UnapprovedSoftwareStatementError
  export type UnauthorizedClientError = errors.UnauthorizedClientError
  export type UnsupportedGrantTypeError = errors.UnsupportedGrantTypeError
  export type UnsupportedResponseTypeError = errors.UnsupportedResponseTypeError
  export type UseDpopNonceError = errors.UseDpopNonceError
  export type User = contract.User
  export type Users = options.Users
  export type Verdict = limiter.Verdict
  export type WebDeviceHooks = web.WebDeviceHooks
  export type WebHooks<U extends userId.SignedInUser = userId.SignedInUser> = web.WebHooks<U>
  export type WebRouterOptions<U extends userId.SignedInUser = userId.SignedInUser> =
    server.WebRouterOptions<U>
}

// Node analyses this file without running it to find the names for `import { ... }`.
exports.AccessDeniedError = exports.ConsentRequiredError = undefined
exports.AuthorizationPendingError = exports.ExpiredTokenError = exports.SlowDownError = undefined
exports.InsufficientScopeError = exports.InvalidClientError = undefined
exports.InvalidDpopProofError = exports.UseDpopNonceError = undefined
exports.InvalidClientMetadataError = exports.InvalidRedirectUriError = undefined
exports.InvalidSoftwareStatementError = exports.UnapprovedSoftwareStatementError = undefined
exports.InvalidGrantError = exports.InvalidRequestError = exports.InvalidScopeError = undefined
exports.InvalidRequestUriError = undefined
exports.RequestNotSupportedError = exports.RequestUriNotSupportedError = undefined
exports.InvalidTargetError = exports.InvalidTokenError = exports.LoginRequiredError = undefined
exports.MissingTokenError = exports.OAuth2Error = exports.OAuth2Server = undefined
exports.OptionError =
  exports.ServerError =
  exports.TemporarilyUnavailableError =
  exports.UnauthorizedClientError =
    undefined
exports.UnsupportedGrantTypeError = exports.UnsupportedResponseTypeError = undefined
exports.authenticateUser = exports.createClient = exports.createServer = undefined
exports.hashPassword = exports.toModel = exports.verifyPassword = undefined
exports.assertStore = exports.createUser = exports.deleteClient = exports.deleteUser = undefined
exports.getUser = exports.importGrants = exports.keysFromFile = exports.listUsers = undefined
exports.getClient = exports.listClients = exports.purge = exports.revokeGrants = undefined
exports.rotateClientSecret = exports.setPassword = exports.startPurge = undefined
exports.toPromiseModel =
  exports.TooManyRequestsError =
  exports.updateClient =
  exports.withoutSecret =
    undefined

export = oauthserver
