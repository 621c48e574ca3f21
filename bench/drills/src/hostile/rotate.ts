import { Client, type Tokens, newVerifier } from '../load/client'

const attempts = 10_000
/** The prefix of outcomes that must not happen. */
export const wrong = 'wrong: '

/**
 * A thief who has stolen a grant rotates it as fast as possible. Then the victim presents the first
 * refresh token. Every access token must work until then, and none after it.
 */
export async function rotate(
  { origin }: URL,
  signal: AbortSignal,
  note: (outcome: string) => void,
): Promise<void> {
  const client = new Client([origin], () => {})
  await client.begin()
  const family = 'stolen'
  const verifier = newVerifier()
  const { code } = await client.authorize(0, family, verifier)
  const { tokens: first } = await client.redeemCode(0, family, code ?? '', verifier)
  if (!first) return note(`${wrong}no tokens`)
  const got = [first]
  for (let n = 0; n < attempts && !signal.aborted; n++) {
    const { entry, tokens } = await client.refresh(0, family, got.at(-1)!.refresh)
    note(`refresh ${entry?.status}`)
    if (tokens) got.push(tokens)
  }
  for (const { access } of got) {
    const good = await isGood(client, access)
    note(good ? 'access token good' : `${wrong}an access token is refused`)
  }
  const { entry } = await client.refresh(0, family, first.refresh)
  note(
    entry?.status === 400
      ? 'reuse of the first refresh token refused'
      : `${wrong}reuse of the first refresh token: ${entry?.status}`,
  )
  for (const { access } of got) {
    if (await isGood(client, access)) note(`${wrong}an access token outlives the reuse`)
  }
  const { tokens } = await client.refresh(0, family, got.at(-1)!.refresh)
  note(tokens ? `${wrong}the grant outlives the reuse` : 'the grant has ended')
  return undefined
}

async function isGood(client: Client, access: Tokens['access']): Promise<boolean> {
  const { entry } = await client.bearer(0, 'stolen', access)
  return entry?.status === 200
}
