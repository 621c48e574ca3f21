import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Resolver } from 'node:dns/promises'
import { publicNetwork, resolvedHost } from '../../src/http/network'

const typeA = 1
const typeAaaa = 28
type Records = Readonly<Record<string, { a?: string[]; aaaa?: number[][]; silent?: boolean }>>

/** A DNS server on loopback, and a resolver that asks only this server. */
async function dnsServer(records: Records) {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = questionOf(query)
    const record = records[name]
    if (record?.silent) return
    const data =
      type === typeA
        ? (record?.a ?? []).map((one) => Buffer.from(one.split('.').map(Number)))
        : type === typeAaaa
          ? (record?.aaaa ?? []).map((one) => Buffer.from(one))
          : []
    const header = Buffer.alloc(12)
    query.copy(header, 0, 0, 2)
    header.writeUInt16BE(record ? 0x8180 : 0x8183, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(data.length, 6)
    const answers = data.map((one) => {
      const answer = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, one.length])
      return Buffer.concat([answer, one])
    })
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const resolver = new Resolver({ timeout: 50, tries: 1 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return {
    resolver,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    },
  }
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  while (query[at]) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
    at += query[at]! + 1
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

const ip6 = [0x26, 0x06, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]

describe('resolvedHost()', () => {
  it.each<[string, Records[string], object[]]>([
    ['IPv4', { a: ['192.0.2.1'] }, [{ address: '192.0.2.1', family: 4 }]],
    ['IPv6', { aaaa: [ip6] }, [{ address: '2606:2800::1', family: 6 }]],
    [
      'both',
      { a: ['192.0.2.1', '10.0.0.1'], aaaa: [ip6] },
      [
        { address: '192.0.2.1', family: 4 },
        { address: '10.0.0.1', family: 4 },
        { address: '2606:2800::1', family: 6 },
      ],
    ],
  ])('resolves with all addresses of a host with %s', async (_what, record, expected) => {
    await using dns = await dnsServer({ 'client.example': record })
    const found = await resolvedHost('client.example', dns.resolver)
    expect(found.toSorted((a, b) => a.family - b.family)).toEqual(expect.arrayContaining(expected))
    expect(found).toHaveLength(expected.length)
  })

  it('rejects for a host that does not exist, or that has no address', async () => {
    await using dns = await dnsServer({ 'empty.example': {} })
    await expect(resolvedHost('none.example', dns.resolver)).rejects.toMatchObject({
      code: 'ENOTFOUND',
    })
    await expect(resolvedHost('empty.example', dns.resolver)).rejects.toMatchObject({
      code: 'ENODATA',
    })
  })

  it('rejects if the DNS does not answer', async () => {
    await using dns = await dnsServer({ 'slow.example': { silent: true } })
    await expect(resolvedHost('slow.example', dns.resolver)).rejects.toMatchObject({
      code: 'ETIMEOUT',
    })
  })

  it('is how the public network resolves hosts', () => {
    expect(publicNetwork.isAllowed('127.0.0.1')).toBe(false)
    expect(publicNetwork.isAllowed('1.1.1.1')).toBe(true)
  })
})
