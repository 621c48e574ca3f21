import { Client, type Tokens, newVerifier } from '../load/client'

const attempts = 10_000
/** The prefix of outcomes that must not happen. */
export const wrong = 'wrong: '

/**
 * Rotates a stolen grant as fast as possible, and then presents its first refresh token again, as
 * the victim would. Every access token must work before that, and none after it.
 */
export async function rotate(
  { origin }: URL,
  signal: AbortSignal,
  note: (outcome: string) => void,
): Promise<void> {
  const client = new Client([origin], () => {})
  await client.begin()
  const grant = 'stolen'
  const verifier = newVerifier()
  const { code } = await client.authorize(0, grant, verifier)
  const { tokens: first } = await client.redeemCode(0, grant, code ?? '', verifier)
  if (!first) return note(`${wrong}no tokens`)
  const got = [first]
  for (let n = 0; n < attempts && !signal.aborted; n++) {
    const { entry, tokens } = await client.refresh(0, grant, got.at(-1)!.refresh)
    note(`refresh ${entry?.status}`)
    if (tokens) got.push(tokens)
  }
  for (const { access } of got) {
    const good = await isGood(client, access)
    note(good ? 'access token good' : `${wrong}an access token is refused`)
  }
  const { entry } = await client.refresh(0, grant, first.refresh)
  note(
    entry?.status === 400
      ? 'reuse of the first refresh token refused'
      : `${wrong}reuse of the first refresh token: ${entry?.status}`,
  )
  for (const { access } of got) {
    if (await isGood(client, access)) note(`${wrong}an access token outlives the reuse`)
  }
  const { tokens } = await client.refresh(0, grant, got.at(-1)!.refresh)
  note(tokens ? `${wrong}the grant outlives the reuse` : 'the grant has ended')
  return undefined
}

async function isGood(client: Client, access: Tokens['access']): Promise<boolean> {
  const { entry } = await client.bearer(0, 'stolen', access)
  return entry?.status === 200
}
