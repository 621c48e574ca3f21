import oauthserver, {
  type RevokedEvent,
  type Selector,
  createClient,
  createUser,
  deleteClient,
  deleteUser,
  revokeGrants,
} from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import { issueGrant } from './issue-grant'
import { passwords } from '../support/quick-passwords'

const ada = { username: 'ada', password: 'a long password' }
const who = { clientId: 'album', userId: 'ada' }

describe('revokeGrants()', () => {
  it.each<[string, (grantId: string) => Selector, string[]]>([
    ['one grant', (grantId) => ({ grantId }), ['one']],
    ['all of a user', () => ({ userId: 'ada' }), ['one', 'another', 'elsewhere']],
    ['all of a client', () => ({ clientId: 'album' }), ['one', 'another', 'of another user']],
    ['all of a user at a client', () => who, ['one', 'another']],
  ])(
    'revokes only the selected grants (%s) and returns the number',
    async (_what, selectorOf, revoked) => {
      const { store, grantId, all } = await setup()
      expect(await revokeGrants(store, selectorOf(grantId))).toBe(revoked.length)
      for (const [name, { hash }] of Object.entries(all)) {
        expect([name, (await store.find(hash)) === null]).toEqual([name, revoked.includes(name)])
      }
      expect(await revokeGrants(store, selectorOf(grantId))).toBe(0)
    },
  )

  it.each([
    undefined,
    null,
    {},
    'ada',
    { grantId: undefined },
    { userId: null },
    { userId: 'ada', clientId: undefined },
    { userId: 7 },
    { clientId: '' },
    { grantId: 'a', userId: 'ada' },
    { user: 'ada' },
  ])('rejects %p with a TypeError, and revokes nothing', async (selector) => {
    const store = { revoke: jest.fn() }
    await expect(revokeGrants(store, selector as never)).rejects.toThrow(TypeError)
    expect(store.revoke).not.toHaveBeenCalled()
  })
})

describe('the event grant.revoked', () => {
  it('reports what was revoked and how many, also for deleted clients and users', async () => {
    const { store, events, heard } = listening()
    await createClient(store, { id: 'album', grantTypes: ['client_credentials'] })
    const { id } = await createUser(store, ada, { passwords })
    for (const owner of [who, who, { clientId: 'album' }, { userId: id }]) {
      await issueGrant(store, owner)
    }
    await revokeGrants(store, who, { events })
    await deleteClient(store, 'album', { events })
    await deleteUser(store, 'ada', { events })
    // No event is emitted if nothing was revoked.
    await revokeGrants(store, who, { events })
    await deleteUser(store, 'bob', { events })
    expect(heard).toEqual([
      { ...who, grants: 2 },
      { clientId: 'album', grants: 1 },
      { userId: id, grants: 1 },
    ])
  })

  it('is emitted only after the store has revoked the grants', async () => {
    const { events, heard } = listening()
    const store = { revoke: () => Promise.reject(new Error('away')) }
    await expect(revokeGrants(store, who, { events })).rejects.toThrow('away')
    expect(heard).toEqual([])
  })

  it('reports a listener that throws, and the grants stay revoked', async () => {
    const { store, events } = listening()
    const { hash } = await issueGrant(store, who)
    events.on('grant.revoked', () => {
      throw new Error('The listener is broken')
    })
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(await revokeGrants(store, who, { events })).toBe(1)
    expect(warned).toHaveBeenCalledWith(new Error('The listener is broken'))
    warned.mockRestore()
    expect(await store.find(hash)).toBeNull()
  })
})

it.each([{ message: 'x' }, 42, undefined, 'text', Object.create(null)])(
  'F20: a listener that throws %p does not stop a deletion half-way',
  async (thrown) => {
    const { store, events } = listening()
    await createClient(store, { id: 'album', grantTypes: ['client_credentials'] })
    await issueGrant(store, { clientId: 'album' })
    events.on('grant.revoked', () => {
      throw thrown
    })
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(await deleteClient(store, 'album', { events })).toBe(true)
    expect(warned.mock.calls).toEqual([[expect.any(Error)]])
    warned.mockRestore()
    expect(await store.getClient('album')).toBeNull()
  },
)

/** A store with grants; each selector matches some of them. */
async function setup() {
  const store = memoryStore()
  const one = await issueGrant(store, who)
  const all = {
    one,
    another: await issueGrant(store, who),
    elsewhere: await issueGrant(store, { userId: 'ada' }),
    'of another user': await issueGrant(store, { clientId: 'album' }),
    'of others': await issueGrant(store),
  }
  return { store, grantId: one.grant.id, all }
}

function listening() {
  const store = memoryStore()
  const { events } = oauthserver({ model: store, grants: ['client_credentials'] })
  const heard: RevokedEvent[] = []
  events.on('grant.revoked', (event) => heard.push(event))
  return { store, events, heard }
}
