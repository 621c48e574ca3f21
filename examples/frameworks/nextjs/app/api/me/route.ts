import { provider } from '../../../lib/oauth'

export async function GET(request: Request): Promise<Response> {
  const { oauth } = await provider
  const { user, response } = await oauth.authenticate(request, { scope: 'profile' })
  return response ?? Response.json(user ?? {})
}
