import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import type { UserStore } from '../setting.js'
import { sessionId } from './session.js'

/** A message that a page shows once, after a form. */
export interface Flash {
  text: string
  /** A secret that is shown only once; `null` means that the client has none. */
  secret?: string | null
}

const keptMs = 60_000
const algorithm = 'aes-256-gcm'
const [ivBytes, tagBytes] = [12, 16]

/**
 * Redirects to a page, which shows the message the first time that this session loads it. The
 * message is in the store, for all processes, and encrypted, because it may contain a secret: only
 * the session's cookie has the key.
 */
export async function redirectWith(
  store: UserStore,
  req: Request,
  res: Response,
  path: string,
  flash: Flash,
): Promise<void> {
  const session = sessionId(req) ?? ''
  const key = keyOf(session, path)
  await store.takeRecord(key)
  const data = sealed(JSON.stringify(flash), session)
  await store.addRecord({ key, data, expiresAt: Date.now() + keptMs })
  res.redirect(303, path)
}

/** Resolves with the message for this page, and removes it. */
export async function flashOf(store: UserStore, req: Request): Promise<Flash | undefined> {
  const session = sessionId(req) ?? ''
  const record = await store.takeRecord(keyOf(session, req.originalUrl))
  if (!record || record.expiresAt <= Date.now()) return undefined
  return JSON.parse(opened(record.data, session)) as Flash
}

function keyOf(session: string, path: string): string {
  return `flash:${hash(`${session} ${path}`).toString('hex')}`
}

function sealed(text: string, session: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, secretOf(session), iv)
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64')
}

function opened(data: string, session: string): string {
  const bytes = Buffer.from(data, 'base64')
  const content = bytes.subarray(ivBytes + tagBytes)
  const decipher = createDecipheriv(algorithm, secretOf(session), bytes.subarray(0, ivBytes))
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8')
}

function secretOf(session: string): Buffer {
  return hash(`flash ${session}`)
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
