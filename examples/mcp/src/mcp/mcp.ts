import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler } from '@modelcontextprotocol/server'
import type { OAuth2Server } from '@oauth2-kit/core'
import { mcpAuth } from '@oauth2-kit/mcp'
import cors from 'cors'
import { Router } from 'express'
import { noteScopes, notesServer } from './notes.js'

/** What each request needs, and what a tool needs besides. */
const needed = { scope: 'notes:read', toolScopes: { 'add-note': 'notes:write' } }

/** Returns the URL of the MCP server, and the settings that the provider needs for it. */
export function mcpSetting(issuer: string) {
  const resource = `${issuer}/mcp`
  const allowed = [...Object.keys(noteScopes), 'offline_access']
  return {
    resource,
    setting: {
      resources: [issuer, resource],
      // Claude Code has a redirect URI with the host `localhost` and a new port each time.
      anyLocalhostPort: true,
      clientMetadata: { scopes: allowed },
      // One of the redirect URIs of Cursor has its own scheme.
      registration: { open: true as const, scopes: allowed, privateUseSchemes: ['cursor'] },
      api: (oauth: OAuth2Server, { origins }: { origins: string[] }) =>
        mcpRoute(oauth, resource, origins),
    },
  }
}

/** Returns the MCP server at `/mcp`. Each request is served on its own, so any process can do it. */
function mcpRoute(oauth: OAuth2Server, resource: string, origins: string[]): Router {
  const serve = toNodeHandler(createMcpHandler(notesServer))
  const router = Router()
  // The metadata by default lists all scopes of the provider, and some clients request all of them.
  // With all(), because it also answers preflights.
  router.all(
    '/.well-known/oauth-protected-resource/mcp',
    oauth.resourceMetadata({ resource, scopes: Object.keys(noteScopes) }),
  )
  // For clients in a browser, which have to read the challenge.
  router.use('/mcp', cors({ origin: origins, exposedHeaders: ['WWW-Authenticate'] }))
  router.all('/mcp', mcpAuth(oauth, { resource, ...needed }), (req, res) =>
    serve(req, res, req.body),
  )
  return router
}
