/** The text of HTML with its numeric character references decoded. */
export function decodedHtml(text: string): string {
  return text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}

/** The form of a page that posts itself: its target and its fields. */
export function postedBy(html: string): { action: string; fields: Record<string, string> } {
  const [, action = ''] = /<form method="post" action="([^"]*)">/.exec(html) ?? []
  const inputs = html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)
  const fields = [...inputs].map(([, name = '', value = '']) => [name, decodedHtml(value)])
  return {
    action: decodedHtml(action),
    fields: Object.fromEntries(fields) as Record<string, string>,
  }
}
