import {
  getOAuthProtectedResourceMetadataUrl as metadataUrl2,
  requireBearerAuth as requireBearerAuth2,
} from '@modelcontextprotocol/express'
import * as errors1 from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth as requireBearerAuth1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { getOAuthProtectedResourceMetadataUrl as metadataUrl1 } from '@modelcontextprotocol/sdk/server/auth/router.js'
import { OAuthError, requireScopes } from '@modelcontextprotocol/server'
import { mcpAuth, mcpTokenVerifier } from '@oauth2-kit/mcp'
import type { RequestHandler } from 'express'
import { type McpListener, mcpServers, onVersion2 } from './mcp-servers'
import type { Notes } from './notes-provider'

type Guarded = Pick<Notes, 'oauth' | 'resource'>

/** A server of the SDK, and what checks the tokens of its requests. */
export interface Guard {
  guard: string
  /** Whether the tool `add-note` needs one scope more. */
  stepsUp: boolean
  check: (guarded: Guarded) => RequestHandler
  listener: McpListener
}

const requiredScopes = ['notes:read']
const toolScopes = { 'add-note': 'notes:write' }

/** `mcpAuth()` before both versions, and `requireBearerAuth` of both with our verifier. */
export const guards: Guard[] = [
  ...mcpServers.map(({ server, listener }) => ({
    guard: `mcpAuth() before a server of ${server}`,
    stepsUp: true,
    check: ({ oauth, resource }: Guarded) =>
      mcpAuth(oauth, { resource, scope: requiredScopes, toolScopes }),
    listener,
  })),
  {
    guard: 'requireBearerAuth of version 1',
    stepsUp: false,
    check: ({ oauth, resource }) =>
      requireBearerAuth1({
        verifier: mcpTokenVerifier(oauth, { resource, errors: errors1 }),
        requiredScopes,
        resourceMetadataUrl: metadataUrl1(new URL(resource)),
        expectedResource: new URL(resource),
      }),
    listener: mcpServers[0]!.listener,
  },
  {
    guard: 'requireBearerAuth of version 2',
    stepsUp: true,
    check: ({ oauth, resource }) =>
      requireBearerAuth2({
        verifier: mcpTokenVerifier(oauth, { resource, errors: { OAuthError } }),
        requiredScopes,
        resourceMetadataUrl: metadataUrl2(new URL(resource)),
        expectedResource: new URL(resource),
      }),
    listener: onVersion2(requireScopes('notes:read', 'notes:write')),
  },
]
