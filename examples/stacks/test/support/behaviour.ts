import { demo } from '../../../provider/test/support/flow'
import { realClient } from './real-client'
import type { Stack } from './stack'

/** Tests the behaviour of a stack. */
export function keepsItsPromises(stack: () => Stack): void {
  it('serves a real client, whose tokens stay valid after a restart', async () => {
    expect(stack().password).toBe(demo.password)
    const client = await realClient(stack())
    const [kept, other] = await Promise.all([client.signIn(), client.signIn()])
    expect(await opened(stack(), kept.access)).toEqual([200, 200])
    const revoked = await client.refresh(other.refresh)
    await client.revoke(revoked.refresh)
    expect(await opened(stack(), revoked.access)).toEqual([401, 401])

    expect(await stack().restart()).toBe(0)

    const renewed = await client.refresh(kept.refresh)
    expect(await opened(stack(), renewed.access)).toEqual([200, 200])
    await expect(client.refresh(revoked.refresh)).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await (await fetch(stack().url('client'))).text()).toContain('Sign in')
  })
}

/** Returns the statuses of the provider's API and of the separate API for an access token. */
async function opened(stack: Stack, token: string): Promise<number[]> {
  const headers = { Authorization: `Bearer ${token}` }
  const [me, photos] = await Promise.all([
    fetch(`${stack.url('provider')}/api/me`, { headers }),
    fetch(`${stack.url('api')}/photos`, { headers }),
  ])
  if (me.ok) expect(await me.json()).toMatchObject({ username: demo.username })
  return [me.status, photos.status]
}
