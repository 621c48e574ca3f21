import { provider } from '../../../lib/oauth'

async function answer(request: Request): Promise<Response> {
  const { handle } = await provider
  return handle(request)
}

export { answer as GET, answer as OPTIONS, answer as POST }
