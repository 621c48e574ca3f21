import { setTimeout as delay } from 'node:timers/promises'
import type { SessionData } from 'express-session'
import { BoundedSessions } from '../src/security/session-store'

const hourMs = 3_600_000
const session = { cookie: { originalMaxAge: hourMs } } as SessionData

function get(sessions: BoundedSessions, id: string): Promise<SessionData | null | undefined> {
  return new Promise((resolve, reject) => {
    sessions.get(id, (error, found) => (error ? reject(error) : resolve(found)))
  })
}

describe('the sessions of this process', () => {
  it('F37: are limited in number: the oldest ones end', async () => {
    const sessions = new BoundedSessions(100, hourMs)
    for (let n = 0; n < 1000; n++) sessions.set(`id ${n}`, session)
    expect(sessions.size).toBe(100)
    expect(await get(sessions, 'id 899')).toBeNull()
    expect(await get(sessions, 'id 900')).toEqual(session)
  })

  it('F37: end and are removed after their lifetime, even if they are in use', async () => {
    const sessions = new BoundedSessions(100, 20)
    sessions.set('first', session)
    const ends = Date.now() + 20
    sessions.set('first', session)
    while (Date.now() <= ends) await delay(1)
    expect(await get(sessions, 'first')).toBeNull()
    sessions.set('second', session)
    expect(sessions.size).toBe(1)
  })

  it('F36: are not restored by a request in progress after they were destroyed', async () => {
    const sessions = new BoundedSessions(100, hourMs)
    sessions.set('id', session)
    sessions.destroy('id')
    sessions.set('id', session)
    expect(await get(sessions, 'id')).toBeNull()
  })

  it('keep a copy of the saved data', async () => {
    const sessions = new BoundedSessions(100, hourMs)
    const mine = { ...session, signedInAt: 1 }
    sessions.set('id', mine)
    mine.signedInAt = 2
    expect(await get(sessions, 'id')).toMatchObject({ signedInAt: 1 })
  })
})
