import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { ClientProgram } from './support/client-program'

const file = path.join(__dirname, '../device.mjs')
const userCode = 'BCDF-GHJK'

/** An answer to a poll: a status and a body, or `null` to close the connection. */
type Answer = [status: number, body: object] | null

const refusal = (error: string): Answer => [400, { error, error_description: 'As told' }]
const tokens: Answer = [200, { access_token: 'a-token', token_type: 'Bearer', scope: 'profile' }]

/** A provider that answers polls in this order, and its own polls with their times. */
class Provider implements AsyncDisposable {
  readonly polls: number[] = []
  readonly bodies: string[] = []
  private readonly server = createServer((req, res) => void this.answer(req, res))

  constructor(
    private readonly answers: Answer[],
    private readonly device: object = {},
  ) {}

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, 'localhost', resolve))
    return this.issuer()
  }

  private issuer(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`
  }

  private async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const issuer = this.issuer()
    let body = ''
    for await (const chunk of req) body += String(chunk)
    const send = ([status, json]: [number, object]) => {
      res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json))
    }
    if (req.url === '/token') {
      this.polls.push(Date.now())
      this.bodies.push(body)
      const next = this.answers.shift() ?? null
      if (next) send(next)
      else req.socket.destroy()
    } else if (req.url === '/device_authorization') {
      this.bodies.push(body)
      const verification_uri = `${issuer}/device`
      const start = { device_code: 'a-device-code', user_code: userCode, verification_uri }
      send([200, { ...start, expires_in: 600, interval: 0.05, ...this.device }])
    } else if (req.url === '/api/me') {
      send([200, { username: 'demo' }])
    } else {
      const token_endpoint = `${issuer}/token`
      const device_authorization_endpoint = `${issuer}/device_authorization`
      send([200, { issuer, token_endpoint, device_authorization_endpoint }])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

describe('device.mjs', () => {
  it('shows the address and the code, and asks until it gets tokens', async () => {
    await using provider = new Provider([
      refusal('authorization_pending'),
      refusal('authorization_pending'),
      tokens,
    ])
    const ISSUER = await provider.start()
    await using program = new ClientProgram(file, { ISSUER, CLIENT_ID: 'tv' })
    expect(await program.exit).toBe(0)
    expect(program.output).toContain(`open ${ISSUER}/device and enter the code:\n\n    ${userCode}`)
    expect(program.output).not.toContain('scan')
    expect(program.output).toContain('Allowed: profile\nSigned in as demo')
    const [start = '', ...polls] = provider.bodies.map((body) => new URLSearchParams(body))
    expect(String(start)).toContain('client_id=tv')
    expect(polls).toHaveLength(3)
    for (const poll of polls) expect(poll.get('device_code')).toBe('a-device-code')
  })

  it('shows a code to scan, if the provider has an address for it', async () => {
    await using provider = new Provider([tokens], {
      verification_uri_complete: `http://localhost/device?user_code=${userCode}`,
    })
    await using program = new ClientProgram(file, { ISSUER: await provider.start() })
    expect(await program.exit).toBe(0)
    expect(program.output).toMatch(/scan this, and compare the code on the page:\n\n[█▀▄ \n]{400}/)
  })

  it('asks five seconds later than before if it must slow down', async () => {
    await using provider = new Provider([refusal('slow_down'), tokens])
    await using program = new ClientProgram(file, { ISSUER: await provider.start() })
    expect(await program.exit).toBe(0)
    const [first = 0, second = 0] = provider.polls
    expect(second - first).toBeGreaterThanOrEqual(5000)
  })

  it('asks half as often after each failure, and goes on', async () => {
    const busy: Answer = [503, { error: 'temporarily_unavailable' }]
    const limited: Answer = [429, { error: 'temporarily_unavailable' }]
    await using provider = new Provider([null, busy, limited, tokens], { interval: 0.2 })
    await using program = new ClientProgram(file, { ISSUER: await provider.start() })
    expect(await program.exit).toBe(0)
    const [first = 0, second = 0, third = 0, fourth = 0] = provider.polls
    expect(second - first).toBeGreaterThanOrEqual(399)
    expect(third - second).toBeGreaterThanOrEqual(799)
    expect(fourth - third).toBeGreaterThanOrEqual(1599)
    expect(program.output).toContain('Trying again')
    expect(program.output).toContain('Signed in as demo')
  })

  it.each([
    ['access_denied', 'The access was denied.'],
    ['expired_token', 'The code has expired. Start again for a new one.'],
    ['invalid_grant', 'invalid_grant: As told'],
    ['unauthorized_client', 'unauthorized_client: As told'],
  ])('ends with a text if the answer is %s', async (error, text) => {
    await using provider = new Provider([refusal(error), tokens])
    await using program = new ClientProgram(file, { ISSUER: await provider.start() })
    expect(await program.exit).toBe(1)
    expect(program.output).toContain(text)
    expect(provider.polls).toHaveLength(1)
  })

  it('ends once the code has expired, even if the provider never says so', async () => {
    const answers = Array.from({ length: 100 }, () => refusal('authorization_pending'))
    await using provider = new Provider(answers, { expires_in: 0.2 })
    await using program = new ClientProgram(file, { ISSUER: await provider.start() })
    expect(await program.exit).toBe(1)
    expect(program.output).toContain('The code has expired.')
  })

  it('says that it cannot reach the provider', async () => {
    const provider = new Provider([])
    const ISSUER = await provider.start()
    await provider[Symbol.asyncDispose]()
    await using program = new ClientProgram(file, { ISSUER })
    expect(await program.exit).toBe(1)
    expect(program.output).toBe('The provider cannot be reached: ECONNREFUSED.\n')
  })
})
