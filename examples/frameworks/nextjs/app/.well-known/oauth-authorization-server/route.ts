import { provider } from '../../../lib/oauth'

export async function GET(request: Request): Promise<Response> {
  const { handle } = await provider
  return handle(request)
}
