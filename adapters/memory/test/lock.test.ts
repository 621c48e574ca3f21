import {
  lstatSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { memoryStore } from '@oauth2-kit/memory'
import { aClient } from '@oauth2-kit/testing'
import { type ChildStore, startStore } from './support/child-store'
import { temporaryFolder } from './support/folder'

const isTrue = () => true
const isFalse = () => false

/** Runs the event loop until the condition holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await setImmediate()
}

type Place = ReturnType<typeof temporaryFolder>

const locksIn = ({ folder }: Place) => readdirSync(folder).filter((name) => name.endsWith('.lock'))

/** Opens the file in another process. */
async function opened({ file }: Place): Promise<ChildStore> {
  const child = startStore(file)
  await child.opened
  return child
}

/** Opens the file in this process and closes it again. Resolves with the locks that are left. */
async function locksAfterUse(place: Place): Promise<string[]> {
  await memoryStore({ file: place.file }).close()
  return locksIn(place)
}

/** The content of the lock file of this process. */
async function ownLock(): Promise<Record<string, unknown>> {
  using place = temporaryFolder()
  const store = memoryStore({ file: place.file })
  const text = readFileSync(path.join(place.folder, locksIn(place)[0]!), 'utf8')
  await store.close()
  return JSON.parse(text) as Record<string, unknown>
}

/** Writes the lock file of another process. `age` is the time since it was touched, in seconds. */
function writeLock(place: Place, holder: object | string, age = 0): void {
  const name = `${place.file}.7-0123456789abcdef.lock`
  writeFileSync(name, typeof holder === 'string' ? holder : JSON.stringify(holder))
  const at = Date.now() / 1000 - age
  utimesSync(name, at, at)
}

describe('a file that another process uses', () => {
  it('cannot be opened: the error names the process and says what to do', async () => {
    using place = temporaryFolder()
    const child = await opened(place)
    await child.store.createClient(aClient({ id: 'kept' }))
    const open = () => memoryStore({ file: place.file })
    expect(open).toThrow(
      new RegExp(
        `oauth.snapshot is in use by process ${child.pid} on .* since .*: stop that process`,
      ),
    )
    expect(open).toThrow(expect.objectContaining({ code: 'OAUTH2_KIT_LOCKED' }))
    expect(await child.store.getClient('kept')).not.toBeNull()
    await child.kill()
  })

  it('can be opened at once after that process was killed, with all its data', async () => {
    using place = temporaryFolder()
    const child = await opened(place)
    await child.store.createClient(aClient({ id: 'kept' }))
    await child.kill()
    const store = memoryStore({ file: place.file })
    expect(await store.getClient('kept')).not.toBeNull()
    expect(locksIn(place)).toHaveLength(1)
    await store.close()
    expect(locksIn(place)).toEqual([])
  })

  it('can be opened after that process has ended by itself, which leaves no lock', async () => {
    using place = temporaryFolder()
    const child = await opened(place)
    await child.exit()
    expect(locksIn(place)).toEqual([])
    expect(await locksAfterUse(place)).toEqual([])
  })

  it('cannot be opened while that process is suspended', async () => {
    using place = temporaryFolder()
    const child = await opened(place)
    child.suspend()
    utimesSync(path.join(place.folder, locksIn(place)[0]!), 0, 0)
    expect(() => memoryStore({ file: place.file })).toThrow('is in use by process')
    await child.kill()
  })

  it('is opened by one of many processes that try at the same time', async () => {
    using place = temporaryFolder()
    const children = Array.from({ length: 6 }, () => startStore(place.file))
    const results = await Promise.allSettled(children.map((child) => child.opened))
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
    const reasons = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    for (const reason of reasons) expect((reason as Error).message).toContain('is in use by')
    await Promise.all(children.map((child) => child.kill()))
    expect(await locksAfterUse(place)).toEqual([])
  })
})

describe('a lock file that is not one of ours', () => {
  it.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['no date', '{"pid":1,"place":"here","host":"a","since":"junk"}'],
    ['a date that is out of range', '{"pid":1,"place":"here","host":"a","since":1e99}'],
    ['a host with control characters', '{"pid":1,"place":"x","host":"\\u001b[31m","since":1}'],
  ])('%s: names no process, and is removed once it is old', async (_what, text) => {
    using place = temporaryFolder()
    writeLock(place, text)
    expect(() => memoryStore({ file: place.file })).toThrow(
      /is in use by process unknown on an unknown host since \d{4}-/,
    )
    rmSync(`${place.file}.7-0123456789abcdef.lock`)
    writeLock(place, text, 60)
    expect(await locksAfterUse(place)).toEqual([])
  })
})

describe('a symbolic link to a file', () => {
  it('has the same lock, and stays a link', async () => {
    using place = temporaryFolder()
    const link = path.join(place.folder, 'link')
    symlinkSync(place.file, link)
    const first = memoryStore({ file: link })
    expect(() => memoryStore({ file: place.file })).toThrow('is already open in this process')
    await first.createClient(aClient({ id: 'kept' }))
    await first.close()
    const second = memoryStore({ file: place.file })
    expect(await second.getClient('kept')).not.toBeNull()
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    await second.close()
  })

  it('in place of the temporary file is not followed', async () => {
    using place = temporaryFolder()
    const other = path.join(place.folder, 'other')
    writeFileSync(other, 'precious')
    symlinkSync(other, `${place.file}.${process.pid}.tmp`)
    const store = memoryStore({ file: place.file })
    await store.close()
    expect(readFileSync(other, 'utf8')).toBe('precious')
    expect(lstatSync(place.file).isFile()).toBe(true)
  })
})

describe('a file that a store of this process uses', () => {
  it('cannot be opened again until the store is closed', async () => {
    using place = temporaryFolder()
    const store = memoryStore({ file: place.file })
    expect(() => memoryStore({ file: place.file })).toThrow(
      /is already open in this process: close\(\) the other store first/,
    )
    await store.close()
    expect(await locksAfterUse(place)).toEqual([])
  })

  it('is not changed by a store that was closed', async () => {
    using place = temporaryFolder()
    const before = memoryStore({ file: place.file })
    await before.createClient(aClient({ id: 'kept' }))
    await Promise.all([before.close(), before.close()])
    const after = memoryStore({ file: place.file })
    for (const late of [before.createClient(aClient({ id: 'late' })), before.save()]) {
      await expect(late).rejects.toMatchObject({ code: 'OAUTH2_KIT_LOCKED' })
    }
    expect(await before.getClient('kept')).not.toBeNull()
    await after.close()
    const again = memoryStore({ file: place.file })
    expect(await again.getClient('late')).toBeNull()
    await again.close()
  })

  it('is released if it cannot be read', async () => {
    using place = temporaryFolder()
    writeFileSync(place.file, 'no snapshot')
    expect(() => memoryStore({ file: place.file })).toThrow("can't be read")
    expect(locksIn(place)).toEqual([])
  })

  it('is not written once another process has taken it over', async () => {
    using place = temporaryFolder()
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout'] })
    try {
      const store = memoryStore({ file: place.file })
      await store.createClient(aClient({ id: 'kept' }))
      for (const name of locksIn(place)) rmSync(path.join(place.folder, name))
      jest.advanceTimersByTime(5000)
      // The timer has started to touch the lock file, which ends in a while.
      await until(() => store.createClient(aClient()).then(isFalse, isTrue))
      await expect(store.createClient(aClient())).rejects.toThrow('Another process has taken over')
      await expect(store.close()).rejects.toThrow('Another process has taken over the file')
    } finally {
      jest.useRealTimers()
    }
  })
})

describe('a lock whose process cannot be seen from here', () => {
  const elsewhere = { pid: 1, place: 'another container', start: '1', host: 'web-1', since: 0 }

  it('holds for 15 seconds after its last sign of life', async () => {
    using place = temporaryFolder()
    writeLock(place, elsewhere, 10)
    expect(() => memoryStore({ file: place.file })).toThrow(
      /in use by process 1 on web-1 .* If that process has ended, try again in 15 seconds$/,
    )
    writeLock(place, elsewhere, 16)
    expect(await locksAfterUse(place)).toEqual([])
  })

  it.each(['', '{"pid":'])('holds as long if its content is %j', async (text) => {
    using place = temporaryFolder()
    writeLock(place, text)
    expect(() => memoryStore({ file: place.file })).toThrow('in use by process unknown')
    writeLock(place, text, 16)
    expect(await locksAfterUse(place)).toEqual([])
  })

  it('does not hold if its id belongs to another process now', async () => {
    using place = temporaryFolder()
    writeLock(place, { ...(await ownLock()), pid: process.ppid, start: '1' })
    expect(await locksAfterUse(place)).toEqual([])
  })

  it('does not hold if the machine was restarted', async () => {
    using place = temporaryFolder()
    const own = await ownLock()
    writeLock(place, { ...own, place: `another-boot ${String(own['place'])}` }, 60)
    expect(await locksAfterUse(place)).toEqual([])
  })
})
