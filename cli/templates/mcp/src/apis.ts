import { scopes } from './config.js'
import { mcpSetting } from './mcp/mcp.js'
import { noteScopes } from './mcp/notes.js'
import type { Setting } from './setting.js'

/** Returns the settings of the MCP server. */
export function apis(issuer: string): Partial<Setting> {
  return { ...mcpSetting(issuer).setting, scopes: { ...scopes, ...noteScopes } }
}
