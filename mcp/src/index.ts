export type { AuthInfo } from './auth-info'
export { type McpAuthenticated, type McpRefused, mcpAuth, mcpAuthenticate } from './mcp-auth'
export type { McpAuthOptions, Message, ToolScopes } from './options'
export type { SdkErrors } from './sdk-errors'
export {
  type AuthorizeParams,
  type McpServerProvider,
  type McpServerProviderOptions,
  type RegisteredClient,
  type Tokens,
  mcpServerProvider,
} from './server-provider'
export {
  type McpTokenVerifierOptions,
  type TokenVerifier,
  mcpTokenVerifier,
} from './token-verifier'
