/** Returns the text for HTML, in an element or in a quoted attribute. Anything else is empty. */
export function escapeHtml(text: unknown): string {
  return (typeof text === 'string' ? text : '').replace(
    // A parser of HTML would change line breaks.
    /[&<>"'\r\n]/g,
    (character) => `&#${character.charCodeAt(0)};`,
  )
}
