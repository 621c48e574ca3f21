import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from './support/programs'
import { names, start } from './support/upgrading/servers'
import { untouched } from './support/upgrading/plain-model'
import { type WrongRequest, atApi, atAuthorize, atToken } from './support/upgrading/wrong-requests'

// The tables of the page show what the real packages respond. If a package or this server responds
// otherwise, the failure shows the tables as they should be.

const page = readFileSync(path.join(root, 'docs/upgrading/errors.md'), 'utf8')

/** Describes a response as the tables do. */
async function inWords(response: Response): Promise<string> {
  const { status, headers } = response
  const location = headers.get('location') ?? ''
  if (status >= 300 && status < 400) {
    const error = new URL(location).searchParams.get('error')
    return `${status} ${error ? `\`${error}\`` : 'with a code'}`
  }
  const error = /"error":"(\w+)"/.exec(await response.text())?.[1]
  const scheme = /^\w+/.exec(headers.get('www-authenticate') ?? '')?.[0]
  const start = error ? `${status} \`${error}\`` : String(status)
  return scheme ? `${start}, ${scheme}` : start
}

/** Returns the rows of the requests whose responses differ, and the titles of all others. */
async function measure(requests: readonly WrongRequest[]) {
  const servers = await Promise.all(names.map((name) => start(name)))
  const rows: string[] = []
  const same: string[] = []
  try {
    for (const { title, send } of requests) {
      for (const { state } of servers) Object.assign(state, untouched)
      const cells = await Promise.all(servers.map(async (one) => inWords(await send(one))))
      if (new Set(cells).size === 1) same.push(`${title} (${cells[0]})`)
      else rows.push(`| ${[title, ...cells].join(' | ')} |`)
    }
  } finally {
    await Promise.all(servers.map((one) => one[Symbol.asyncDispose]()))
  }
  return { rows, same }
}

describe.each([
  ['the token endpoint', atToken],
  ['the authorization endpoint', atAuthorize],
  ['your API', atApi],
])('docs/upgrading/errors.md: %s', (title, requests) => {
  const section = page.split(`## At ${title}\n`)[1]?.split('\n## ')[0] ?? ''

  it('shows what each server responds', async () => {
    const { rows, same } = await measure(requests)
    expect(section.match(/^\| (?!request|-).*\|$/gm) ?? []).toEqual(rows)
    const listed = /^The same on all four: (.*?)\.\n/ms.exec(section)?.[1]?.replaceAll('\n', ' ')
    expect(listed ?? '').toBe(same.join('; '))
  })
})

function the(requests: readonly WrongRequest[], title: string): WrongRequest {
  return requests.find((one) => one.title === title)!
}

describe.each([...names])('docs/upgrading/errors.md: what it says about %s', (name) => {
  const isKit = name === 'oauth2-kit'

  it.each([
    ['the token endpoint', the(atToken, 'any request, while the database is down')],
    ['your API', the(atApi, 'any token, while the database is down')],
  ])('the message of the database driver in a response of %s', async (_title, request) => {
    await using server = await start(name)
    const response = await request.send(server)
    expect((await response.text()).includes('ECONNREFUSED')).toBe(!isKit)
    expect(response.headers.has('retry-after')).toBe(isKit)
  })

  it('an unhandled TypeError while the database is down', async () => {
    await using server = await start(name)
    const request = the(atAuthorize, 'any request, while the database is down')
    expect(
      (await (await request.send(server)).text()).includes('TypeError: Invalid status code'),
    ).toBe(!isKit)
  })

  it('the status of an error that a browser must pass on to the client', async () => {
    await using server = await start(name)
    const response = await the(atAuthorize, 'no `response_type`').send(server)
    expect(response.headers.get('location')).toContain('error=invalid_request')
    expect(response.status).toBe(isKit ? 302 : 400)
  })
})
