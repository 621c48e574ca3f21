import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { openWire, type Wire } from '../../src/wire'

/** A server that answers each piece of text with the same, in two pieces; to `wait` after `go`. */
describe('a wire', () => {
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

  it('passes everything on, and the end', async () => {
    const client = await open()
    client.socket.end('last')
    expect(await client.read('<last>')).toBe('<last>')
  })

  it('counts a turn once, in however many pieces it comes', async () => {
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

  it('delays each direction once, in however many pieces the bytes come', async () => {
    const client = await open()
    wire.slow(150)
    const times: number[] = []
    // What a busy machine takes comes on top: a quick turn is waited for.
    while (Math.min(...times) > 450 && times.length < 20) {
      const start = performance.now()
      await client.ask('slow')
      times.push(performance.now() - start)
    }
    expect(Math.min(...times)).toBeGreaterThan(290)
    expect(Math.min(...times)).toBeLessThan(450)
  })

  it('refuses as a system does, and takes connections again as soon as it is restored', async () => {
    const before = await open()
    const reset = once(before.socket, 'error')
    wire.refuse()
    expect((await reset)[0]).toHaveProperty('code', 'ECONNRESET')
    await expect(open()).rejects.toHaveProperty('code', 'ECONNREFUSED')
    wire.restore()
    expect(await (await open()).ask('again')).toBe('<again>')
  })

  it('lets connections open while it is stalled, and resets them when it is restored', async () => {
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

  it('counts nothing that a client asks on its own account, and breaks none of it', async () => {
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

  it('tells a request from what the client asked just before on its own account', async () => {
    const client = await open()
    wire.reset()
    wire.slow(50)
    client.socket.write(slots)
    await new Promise((resolve) => setImmediate(resolve))
    await client.ask('request')
    expect(wire.trips()).toBe(1)
  })

  it('holds nothing back at a barrier for what a client asks on its own account', async () => {
    const [one, other] = [await open(), await open()]
    const met = wire.barrier(2, 300)
    const asked = one.ask('held')
    expect(await other.ask(slots)).toBe(`<${slots}>`)
    expect(one.text()).toBe('')
    await expect(met).rejects.toThrow('gave up')
    expect(await asked).toBe('<held>')
  })

  it('holds no reply to a connection that opens after the barrier', async () => {
    const one = await open()
    const met = wire.barrier(2, 300)
    const asked = one.ask('held')
    expect(await (await open()).ask('free')).toBe('<free>')
    expect(one.text()).toBe('')
    await expect(met).rejects.toThrow('gave up')
    expect(await asked).toBe('<held>')
  })

  it('holds the replies of a barrier until all callers have theirs', async () => {
    const [one, other] = [await open(), await open()]
    const met = wire.barrier(2)
    const asked = one.ask('first')
    other.socket.write('wait')
    await until(() => go.length === 1)
    expect(one.text()).toBe('')
    go[0]!()
    await met
    expect(await asked).toBe('<first>')
  })

  it('does not wait for a caller that waits for another', async () => {
    const [one, other] = [await open(), await open()]
    const met = wire.barrier(2)
    const asked = one.ask('locks')
    other.socket.write('wait')
    await met
    expect(await asked).toBe('<locks>')
    expect(go).toHaveLength(1)
  })

  it('gives up a barrier when it is restored', async () => {
    const client = await open()
    const met = wire.barrier(2)
    const asked = client.ask('alone')
    wire.restore()
    await expect(met).rejects.toThrow('gave up')
    expect(await asked).toBe('<alone>')
  })

  it('closes while it refuses, and stays closed', async () => {
    wire.refuse()
    wire.restore()
    await wire.close()
    await expect(open()).rejects.toHaveProperty('code', 'ECONNREFUSED')
  })

  it('resets its clients when the database is away', async () => {
    const away = createServer().listen(0, '127.0.0.1')
    await once(away, 'listening')
    const { port } = away.address() as AddressInfo
    away.close()
    await using lost = await openWire(`redis://127.0.0.1:${port}`).then((wire) => ({
      url: wire.url,
      [Symbol.asyncDispose]: () => wire.close(),
    }))
    const client = dial(lost.url)
    expect((await once(client.socket, 'error'))[0]).toHaveProperty('code', 'ECONNRESET')
  })

  /** A client that has had an answer. */
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
  /** Everything up to `end`, once it has come. */
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
