import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { openWire, type Wire } from '../../src/wire'

describe('a wire', () => {
  /** Echoes each chunk as `<chunk>` in two writes; `wait` only once `go` is called. */
  let server: Server
  let wire: Wire
  let go: (() => void)[] = []

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (text) => {
        const answer = () => {
          socket.write('<')
          setImmediate(() => socket.write(`${String(text)}>`))
        }
        if (String(text) === 'wait') go.push(answer)
        else answer()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  beforeEach(async () => {
    go = []
    wire = await openWire(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })

  afterEach(() => wire.close())

  afterAll(() => {
    server.close()
  })

  it('forwards all data and the end of the stream', async () => {
    const client = await open()
    client.socket.end('last')
    expect(await client.read('<last>')).toBe('<last>')
  })

  it('counts a round trip once, even if it arrives in several chunks', async () => {
    const client = await open()
    wire.reset()
    wire.slow(200)
    client.socket.write('one')
    await new Promise((resolve) => setImmediate(resolve))
    client.socket.write('two')
    await client.read('two>')
    wire.restore()
    await client.ask('three')
    expect(wire.trips()).toBe(2)
  })

  it('delays each direction once, even if the bytes arrive in several chunks', async () => {
    const client = await open()
    wire.slow(150)
    const times: number[] = []
    // A busy machine adds to the time, so this waits for a fast round trip.
    while (Math.min(...times) > 450 && times.length < 20) {
      const start = performance.now()
      await client.ask('slow')
      times.push(performance.now() - start)
    }
    expect(Math.min(...times)).toBeGreaterThan(290)
    expect(Math.min(...times)).toBeLessThan(450)
  })

  it('refuses connections like a closed port, and accepts them again once restored', async () => {
    const before = await open()
    const reset = once(before.socket, 'error')
    wire.refuse()
    expect((await reset)[0]).toHaveProperty('code', 'ECONNRESET')
    await expect(open()).rejects.toHaveProperty('code', 'ECONNREFUSED')
    wire.restore()
    expect(await (await open()).ask('again')).toBe('<again>')
  })

  it('accepts connections while stalled, and resets them when restored', async () => {
    wire.stall()
    const client = dial()
    await once(client.socket, 'connect')
    client.socket.write('lost')
    const reset = once(client.socket, 'error')
    wire.restore()
    expect((await reset)[0]).toHaveProperty('code', 'ECONNRESET')
    expect(client.text()).toBe('')
  })

  const slots = '*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n'

  it('does not count or cut commands that a client sends by itself', async () => {
    const client = await open()
    wire.reset()
    wire.cut()
    expect(await client.ask(slots)).toBe(`<${slots}>`)
    expect(wire.trips()).toBe(0)
    const reset = once(client.socket, 'error')
    client.socket.write('request')
    expect((await reset)[0]).toHaveProperty('code', 'ECONNRESET')
    expect(wire.trips()).toBe(1)
  })

  it('counts a request that follows a command the client has sent by itself', async () => {
    const client = await open()
    wire.reset()
    wire.slow(50)
    client.socket.write(slots)
    await new Promise((resolve) => setImmediate(resolve))
    await client.ask('request')
    expect(wire.trips()).toBe(1)
  })

  it('does not hold commands that a client sends by itself at a barrier', async () => {
    const [one, other] = [await open(), await open()]
    const met = wire.barrier(2, 300)
    const reply = one.ask('held')
    expect(await other.ask(slots)).toBe(`<${slots}>`)
    expect(one.text()).toBe('')
    await expect(met).rejects.toThrow('gave up')
    expect(await reply).toBe('<held>')
  })

  it('does not hold replies to a connection opened after the barrier', async () => {
    const one = await open()
    const met = wire.barrier(2, 300)
    const reply = one.ask('held')
    expect(await (await open()).ask('free')).toBe('<free>')
    expect(one.text()).toBe('')
    await expect(met).rejects.toThrow('gave up')
    expect(await reply).toBe('<held>')
  })

  it('holds replies at a barrier until the replies to all callers have arrived', async () => {
    const [one, other] = [await open(), await open()]
    const met = wire.barrier(2)
    const reply = one.ask('first')
    other.socket.write('wait')
    await until(() => go.length === 1)
    expect(one.text()).toBe('')
    go[0]!()
    await met
    expect(await reply).toBe('<first>')
  })

  it('does not wait for a caller that is blocked by another one', async () => {
    const [one, other] = [await open(), await open()]
    const met = wire.barrier(2)
    const reply = one.ask('locks')
    other.socket.write('wait')
    await met
    expect(await reply).toBe('<locks>')
    expect(go).toHaveLength(1)
  })

  it('gives up a barrier when restored', async () => {
    const client = await open()
    const met = wire.barrier(2)
    const reply = client.ask('alone')
    wire.restore()
    await expect(met).rejects.toThrow('gave up')
    expect(await reply).toBe('<alone>')
  })

  it('stays closed if it is closed right after refuse() and restore()', async () => {
    wire.refuse()
    wire.restore()
    await wire.close()
    await expect(open()).rejects.toHaveProperty('code', 'ECONNREFUSED')
  })

  it('resets its clients if the database is down', async () => {
    const down = createServer().listen(0, '127.0.0.1')
    await once(down, 'listening')
    const { port } = down.address() as AddressInfo
    down.close()
    await using lost = await openWire(`redis://127.0.0.1:${port}`).then((wire) => ({
      url: wire.url,
      [Symbol.asyncDispose]: () => wire.close(),
    }))
    const client = dial(lost.url)
    expect((await once(client.socket, 'error'))[0]).toHaveProperty('code', 'ECONNRESET')
  })

  /** Connects a client, and waits for its first reply. */
  async function open() {
    const client = dial()
    await once(client.socket, 'connect')
    await client.ask('hello')
    return client
  }

  function dial(url = wire.url) {
    const { hostname, port } = new URL(url)
    return clientOf(connect(Number(port), hostname))
  }
})

function clientOf(socket: Socket) {
  let text = ''
  socket.on('data', (bytes) => (text += String(bytes)))
  socket.on('error', () => {})
  /** Waits until the text ends with `end`, and returns it. */
  async function read(end: string): Promise<string> {
    await until(() => text.endsWith(end))
    const all = text
    text = ''
    return all
  }
  return {
    socket,
    text: () => text,
    read,
    ask(question: string) {
      socket.write(question)
      return read(`${question}>`)
    },
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
