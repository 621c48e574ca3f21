import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import oauthserver, { createClient, hashPassword } from '@oauth2-kit/core'
import { memoryStore } from '@oauth2-kit/memory'
import express from 'express'
import request from 'supertest'
import { aClient, aCredential, grantsOf, issued } from '@oauth2-kit/testing'
import { leftIn, temporaryFolder } from './support/folder'

const header = '{"format":"oauth2-kit memory store","version":2,"journal":1}\n'

describe('the snapshot file', () => {
  afterEach(() => jest.restoreAllMocks())

  it('is written by close(), which leaves no other file beside it', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const client = aClient()
    await store.createClient(client)
    await store.close()
    expect(readdirSync(place.folder)).toEqual(['oauth.snapshot'])
    expect(readFileSync(place.file, 'utf8')).toContain(client.id)
  })

  it('is written by save() at any time', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    for (const client of [aClient(), aClient()]) {
      await store.createClient(client)
      await store.save()
      expect(readFileSync(place.file, 'utf8')).toContain(client.id)
    }
    await store.close()
  })

  it('is written automatically after a change', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    await store.createClient(aClient({ id: 'by-itself' }))
    while (!existsSync(place.file)) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(readFileSync(place.file, 'utf8')).toContain('by-itself')
    await store.close()
  })

  it('is readable by its owner only, even if everyone could read it before', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    await store.save()
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
    chmodSync(place.file, 0o644)
    await store.close()
    expect(statSync(place.file).mode & 0o777).toBe(0o600)
  })

  it('contains no token, secret or password', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const { client, secret } = await createClient(store, {
      grantTypes: ['password', 'refresh_token'],
      scopes: ['profile'],
    })
    await store.createUser({
      id: 'user-1',
      version: '1',
      username: 'ada',
      passwordHash: await hashPassword('correct horse'),
    })
    jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const oauth = oauthserver({ model: store, grants: ['password', 'refresh_token'] })
    const app = express()
    app.post('/token', oauth.grant())
    const requestToken = (form: object) =>
      request(app).post('/token').auth(client.id, secret!).type('form').send(form)
    const password = { grant_type: 'password', username: 'ada', password: 'correct horse' }
    const first = (await requestToken(password)).body
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
    const second = (await requestToken(form)).body
    await store.close()
    const text = readFileSync(place.file, 'utf8')
    expect(text).toContain('user-1')
    const secrets = [secret, 'correct horse', first.access_token, first.refresh_token]
    secrets.push(second.access_token, second.refresh_token)
    for (const each of secrets) {
      expect(each).toMatch(/.{10}/)
      expect(text).not.toContain(each)
      expect(text).not.toContain(Buffer.from(each).toString('base64').slice(0, 16))
    }
  })

  it('is complete at every moment while it is written', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    await store.createClient(aClient({ id: 'first' }))
    await store.save()
    await Promise.all(Array.from({ length: 3000 }, () => store.createClient(aClient())))
    const progress = { saving: true }
    const saved = store.save().finally(() => (progress.saving = false))
    const seen = new Set<string>()
    while (progress.saving) {
      seen.add(readFileSync(place.file, 'utf8'))
      await new Promise(setImmediate)
    }
    await saved
    seen.add(readFileSync(place.file, 'utf8'))
    expect([...seen].at(-1)!.split('\n').length).toBeGreaterThan(3000)
    for (const text of seen) {
      expect(text.endsWith('\n')).toBe(true)
      for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
    }
    await store.close()
  })

  it('is not affected by a temporary file that a crash left beside it', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    await before.createClient(aClient({ id: 'kept' }))
    await before.close()
    writeFileSync(`${place.file}.${process.pid}.tmp`, '{"format":"oauth2-kit mem')
    const after = memoryStore({ file: place.file })
    expect(await after.getClient('kept')).not.toBeNull()
    await after.close()
    expect(await memoryStore({ file: place.file }).getClient('kept')).not.toBeNull()
  })

  it('has the changes made while it was written, after close()', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const saving = store.save()
    const { credential } = await issued(store)
    const closing = store.close()
    await Promise.all([saving, closing])
    const after = memoryStore({ file: place.file })
    expect(await after.find(credential.hash)).toEqual(credential)
    await after.close()
  })

  it('has each grant as it was at one moment, despite changes while it is written', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    const { grant } = await issued(store)
    for (let n = 0; n < 3000; n++) await issued(store)
    const saving = store.save()
    for (let n = 0; n < 50; n++) {
      await store.extend({ ...grant }, [aCredential(), aCredential({ kind: 'access' })])
    }
    await store.revoke({ grantId: grant.id })
    await saving
    using later = leftIn(place)
    const copy = memoryStore({ file: later.file })
    expect((await grantsOf(copy, { grantId: grant.id })).length).toBeLessThanOrEqual(1)
    await copy.close()
    await store.close()
    const after = memoryStore({ file: place.file })
    expect(await grantsOf(after, { grantId: grant.id })).toEqual([])
  })

  it.each([
    ['no content', ''],
    ['plain text', 'This is no snapshot'],
    ['other JSON', '{"name":"package"}\n'],
    ['another version', '{"format":"oauth2-kit memory store","version":3,"journal":1}\n'],
    ['no journal number', '{"format":"oauth2-kit memory store","version":2}\n'],
    ['half a line', `${header}{"client":{"id":"a"`],
    ['a null line', `${header}null\n`],
    ['an unknown line', `${header}{"x":1}\n`],
  ])('throws an Error with its path and what to do if it has %s', (_what, text) => {
    using place = temporaryFolder()
    writeFileSync(place.file, text)
    const make = () => memoryStore({ file: place.file })
    expect(make).toThrow(place.file)
    expect(make).toThrow(/Restore it, or move it and its journals away to start empty/)
    expect(readFileSync(place.file, 'utf8')).toBe(text)
  })

  it('throws an Error if it is a folder', () => {
    using place = temporaryFolder()
    mkdirSync(place.file)
    expect(() => memoryStore({ file: place.file })).toThrow(/EISDIR|oauth\.snapshot/)
  })

  it('makes save() and close() reject if it cannot be written', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    rmSync(place.folder, { recursive: true })
    await expect(store.save()).rejects.toThrow('ENOENT')
    await expect(store.close()).rejects.toThrow('ENOENT')
  })

  it('warns and tries again if it cannot be written in the background', async () => {
    using place = temporaryFolder()
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const folder = path.join(place.folder, 'mounted')
    mkdirSync(folder)
    const store = memoryStore({ file: path.join(folder, 'oauth.snapshot') })
    rmSync(folder, { recursive: true })
    await expect(store.createClient(aClient({ id: 'unsaved' }))).rejects.toThrow('ENOENT')
    while (warn.mock.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('was not written: ENOENT'))
    mkdirSync(folder)
    await store.close()
    const after = memoryStore({ file: path.join(folder, 'oauth.snapshot') })
    expect(await after.getClient('unsaved')).not.toBeNull()
    await after.close()
  })

  it('is kept if the next one cannot be written', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    await store.createClient(aClient({ id: 'kept' }))
    await store.save()
    // The temporary file beside it cannot be written.
    const blocked = `${place.file}.${process.pid}.tmp`
    mkdirSync(blocked)
    await expect(store.save()).rejects.toThrow('EISDIR')
    using left = leftIn(place)
    expect(await memoryStore({ file: left.file }).getClient('kept')).not.toBeNull()
  })

  it('needs a folder that can be written', () => {
    using place = temporaryFolder()
    const file = path.join(place.folder, 'missing', 'oauth.snapshot')
    expect(() => memoryStore({ file })).toThrow(/^ENOENT.*: create the folder of /)
  })
})
