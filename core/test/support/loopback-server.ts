import type { AddressInfo } from 'node:net'
import { type RequestListener, createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'

/** A certificate for keys.example, other.example and loopback, which signs itself. */
export const certificate = `
-----BEGIN CERTIFICATE-----
MIIBxzCCAW2gAwIBAgIUX6M/jrDI2Ud+kY+3SQe0yIb/714wCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMa2V5cy5leGFtcGxlMCAXDTI2MTIwMTE1NDExM1oYDzIxMjYx
MTA3MTU0MTEzWjAXMRUwEwYDVQQDDAxrZXlzLmV4YW1wbGUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAASNKEcemeR3wqS1C8yEnkPyctuQ1rvP3xfrgsZ5Eu/L1c9z
UUNf0MKcOYC0KftB8CEiMnaQ00n1GPA1Sl8g7ztuo4GUMIGRMB0GA1UdDgQWBBSy
Jt24xIoHJ14XHVBvnwXoOf+wETAfBgNVHSMEGDAWgBSyJt24xIoHJ14XHVBvnwXo
Of+wETAPBgNVHRMBAf8EBTADAQH/MD4GA1UdEQQ3MDWCDGtleXMuZXhhbXBsZYIN
b3RoZXIuZXhhbXBsZYcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAKBggqhkjOPQQD
AgNIADBFAiEA5PmM5Sv4BH0s/ucUyC8tsi1pZdi11ZFwN+R5YpY7MAcCIDsl+et5
tPWHu8JVSA7WnBOCJlVv9H0boKf+9hihoYJ/
-----END CERTIFICATE-----
`

const key = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmwLKm2jifYEsAuJZ
o9vKx4+lPLc6gPWl0fvCj+t84BChRANCAASNKEcemeR3wqS1C8yEnkPyctuQ1rvP
3xfrgsZ5Eu/L1c9zUUNf0MKcOYC0KftB8CEiMnaQ00n1GPA1Sl8g7ztu
-----END PRIVATE KEY-----
`

/** A server that listens on a loopback address. */
export interface LoopbackServer extends AsyncDisposable {
  port: number
  /** The paths of the requests that it has received. */
  requests: string[]
}

/** Starts an https server, or a plain one, on a free port of a loopback address. */
export async function loopbackServer(
  listener: RequestListener,
  { address = '127.0.0.1', port = 0, plain = false } = {},
): Promise<LoopbackServer> {
  const requests: string[] = []
  const recording: RequestListener = (request, response) => {
    requests.push(request.url ?? '')
    listener(request, response)
  }
  const server = plain
    ? createPlainServer(recording)
    : createServer({ cert: certificate, key }, recording)
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject).listen(port, address, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
