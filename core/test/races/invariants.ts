import { createHash } from 'node:crypto'
import type { Given, Seen } from './actors'
import { type Deed, type History, possiblyLast } from './history'
import { type Program, clientProperties } from './program'
import { type World, firstPassword, passwords } from './world'

/** Throws an Error that names the first broken invariant. */
export async function assertKept(
  program: Program,
  world: World,
  history: History,
  seen: Seen,
): Promise<void> {
  await changesOfClients(world, history)
  await passwordsOfUsers(world, history)
  await deletions(world, history, seen)
  await revocations(world, history, seen)
  onceOnly(seen)
  honestClients(program, world, history, seen)
}

/** An acknowledged change stays in effect until another one replaces it. */
async function changesOfClients({ store, clients }: World, history: History): Promise<void> {
  for (const { id } of clients) {
    if (history.of(`create ${id}`).length > 0) continue
    const client = await store.getClient(id)
    if (!client) continue
    for (const property of clientProperties) {
      const changes = history.of(`change ${id} ${property}`)
      if (!changes.some(({ isDone }) => isDone)) continue
      const possible = possiblyLast(changes).map(({ value }) => JSON.stringify(value))
      const present = JSON.stringify(client[property])
      assert(
        possible.includes(present),
        `${property} of ${id} is ${present}, not ${possible.join(' or ')}`,
      )
    }
    const rotations = history.of<{ secret: string }>(`rotate ${id}`)
    if (!rotations.some(({ isDone }) => isDone)) continue
    const isUnknown = rotations.some(({ isDone }) => !isDone)
    const possible = possiblyLast(rotations).map(({ value }) => sha256(value.secret))
    assert(
      isUnknown || possible.includes(client.secretHash!),
      `${id} has a secret from before its rotation`,
    )
  }
}

async function passwordsOfUsers({ store, users }: World, history: History): Promise<void> {
  for (const { id, username } of users) {
    const changes = history.of<string>(`password ${username}`)
    if (!changes.some(({ isDone }) => isDone) || history.of(`delete ${id}`).length > 0) continue
    const all = (await userOf(store, username))!
    assert(
      !(await passwords.verify(firstPassword, all.passwordHash)),
      `${username} has the first password again`,
    )
    const possible = possiblyLast(changes).map(({ value }) => `new:${value}`)
    assert(possible.includes(all.passwordHash), `${username} has ${all.passwordHash}`)
  }
}

/** After an acknowledged deletion nothing is left, and no request in progress gets a token. */
async function deletions(
  { store, clients, users }: World,
  history: History,
  seen: Seen,
): Promise<void> {
  for (const { id } of clients) {
    const creations = history.of(`create ${id}`)
    for (const deletion of history.of(`delete ${id}`).filter(({ isDone }) => isDone)) {
      const isFinal = creations.every(({ end }) => end < deletion.start)
      assert(
        !isFinal || !(await store.getClient(id)),
        `The client ${id} came back after its deletion`,
      )
      await assertGone(
        store,
        seen.given.filter((one) => one.clientId === id && one.asked < deletion.start),
        deletion,
      )
      await assertGone(
        store,
        seen.given.filter((one) => one.clientId === id && isFinal),
        deletion,
      )
    }
  }
  for (const { id, username } of users) {
    for (const deletion of history.of(`delete ${id}`).filter(({ isDone }) => isDone)) {
      assert(!(await userOf(store, username)), `The user ${username} came back after the deletion`)
      await assertGone(
        store,
        seen.given.filter((one) => one.userId === id),
        deletion,
      )
    }
  }
}

/** After an acknowledged revocation, tokens issued before it are invalid. */
async function revocations({ store, users }: World, history: History, seen: Seen): Promise<void> {
  for (const { id } of users) {
    for (const revocation of history.of(`revoke ${id}`).filter(({ isDone }) => isDone)) {
      const before = seen.given.filter(
        (one) => one.userId === id && one.answered < revocation.start,
      )
      await assertGone(store, before, revocation)
    }
  }
}

async function assertGone(store: World['store'], given: readonly Given[], by: Deed): Promise<void> {
  for (const { access, refresh } of given) {
    for (const token of [access, refresh]) {
      if (token === undefined) continue
      assert(!(await store.find(sha256(token))), `A token is valid after "${by.what}"`)
    }
  }
}

/** A code or refresh token is redeemed once; repeated requests get the same tokens. */
function onceOnly({ given }: Seen): void {
  const answers = new Map<string, string>()
  for (const { for: presented, access } of given) {
    if (presented === undefined) continue
    const first = answers.get(presented) ?? access
    assert(first === access, 'A credential was redeemed twice')
    answers.set(presented, first)
  }
}

/** A client that does nothing wrong, and retries after a 503, keeps its grant. */
function honestClients(
  { sessions }: Program,
  { clients, users }: World,
  history: History,
  seen: Seen,
): void {
  for (const { session, step, status, body } of seen.refusals) {
    const { client, user } = sessions[session]!
    const { id } = clients[client]!
    const reasons = [
      `delete ${id}`,
      `create ${id}`,
      `rotate ${id}`,
      `delete ${users[user]!.id}`,
      `revoke ${users[user]!.id}`,
    ]
    const isExcused = seen.ended.has(session) || reasons.some((what) => history.of(what).length > 0)
    assert(isExcused, `An honest client lost its grant at "${step}": ${status} ${body}`)
  }
}

async function userOf(store: World['store'], username: string) {
  return store.getUserByUsername(username)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function assert(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Error(broken)
}
