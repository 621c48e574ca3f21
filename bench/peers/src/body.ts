import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'

/** Reads a form. Some libraries leave that to the application on bare node:http. */
export function readBody(request: IncomingMessage): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => resolve(parse(Buffer.concat(chunks).toString()) as Record<string, string>))
      .on('error', reject)
  })
}
