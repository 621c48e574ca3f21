import { readFileSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright-core'

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const narrowest = { width: 320, height: 640 }
const wide = { width: 1280, height: 800 }

interface Violation {
  id: string
  nodes: { target: string[]; failureSummary: string }[]
}

/** Loads axe into every page of the context, without relaxing the policy of a page. */
export async function withAxe(context: BrowserContext): Promise<void> {
  await context.addInitScript({ content: axe })
}

/**
 * Returns the problems of the page: what axe finds (WCAG 2.2 AA and best practices) with light
 * colours in a wide window and dark ones at 320 px, content that is wider than 320 px, and elements
 * that show no keyboard focus.
 */
export async function problemsOf(page: Page): Promise<string[]> {
  const problems: string[] = []
  for (const [colorScheme, viewport] of [
    ['light', wide],
    ['dark', narrowest],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    for (const { id, nodes } of await violations(page)) {
      for (const { target, failureSummary } of nodes) {
        problems.push(`${colorScheme}: ${id}: ${target.join(' ')}: ${failureSummary}`)
      }
    }
  }
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - window.innerWidth',
  )
  if (overflow > 0) problems.push(`320 px: ${overflow} px too wide`)
  await page.setViewportSize(wide)
  await page.keyboard.press('Tab')
  return [...problems, ...(await page.evaluate<string[]>(unseenFocus))]
}

async function violations(page: Page): Promise<Violation[]> {
  const options = JSON.stringify({
    runOnly: rules,
    resultTypes: ['violations'],
  })
  return page.evaluate<Violation[]>(`axe.run(document, ${options}).then((r) => r.violations)`)
}

/** A script that returns the elements that show no keyboard focus. */
const unseenFocus = `
  [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((element) => element.type !== 'hidden' && element.checkVisibility())
    .filter((element) => {
      element.focus()
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
      return !element.matches(':focus-visible') || !seen
    })
    .map((element) => 'no focus to be seen: ' + element.outerHTML)
`
