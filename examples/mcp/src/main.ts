import { giveUp } from '@oauth2-kit/example-provider/dist/provider/environment.js'
import { start } from '@oauth2-kit/example-provider/dist/start.js'
import { mcpSetting } from './mcp/mcp.js'
import { noteScopes } from './mcp/notes.js'

start((setting) => {
  const mcp = mcpSetting(setting.issuer)
  console.log(`MCP server: ${mcp.resource}`)
  return { ...mcp.setting, scopes: { ...setting.scopes, ...noteScopes } }
}).catch(giveUp)
