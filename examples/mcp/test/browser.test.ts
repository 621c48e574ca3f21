import type { Browser, Page } from 'playwright-core'
import { Memory } from '../../../cli/templates/mcp/test/mcp-client'
import {
  button,
  heading,
  inBrowser,
  launch,
  open,
  signInOn,
} from '../../provider/test/support/browser'
import { Program } from '../../provider/test/support/program'
import { McpUser, sdks } from './support/sdks'

const redirectUri = 'http://127.0.0.1:4000/callback'

/** Allows what the client asks for, on the consent page. Resolves with the redirect to the client. */
async function allowed(page: Page): Promise<URL> {
  // The client listens there only in its own process.
  await page.route(`${redirectUri}?*`, (route) => route.fulfill({ body: 'Done' }))
  await button(page, 'Allow').click()
  await page.getByText('Done').waitFor()
  return new URL(page.url())
}

inBrowser('examples/mcp, as a program, in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser?.close())

  it('lets a client call both tools after its user has allowed them', async () => {
    await using program = new Program('mcp', {})
    const url = await program.url()
    expect(program.output).toContain(`MCP server: ${url}/mcp\n`)
    await using opened = await open(browser)
    const { page, complaints } = opened
    const seen: string[] = []
    const user = new McpUser(
      sdks['version 2'],
      new URL('/mcp', url),
      new Memory(redirectUri),
      async (destination) => {
        await page.goto(destination.href)
        if (seen.length === 0) await signInOn(page)
        await heading(page, 'Allow Test client to use your account?').waitFor()
        seen.push(await page.getByRole('main').innerText())
        return allowed(page)
      },
    )
    expect(await user.call('list-notes')).toBe('There are no notes.')
    expect(await user.call('add-note', { text: 'Buy milk' })).toBe('Added: Buy milk')
    expect(seen).toEqual([
      expect.stringMatching(
        /has registered itself[^]*Any program on your computer[^]*Read your notes/,
      ),
      expect.stringMatching(/Read your notes[^]*Add notes/),
    ])
    expect(complaints).toEqual([])
  })
})
