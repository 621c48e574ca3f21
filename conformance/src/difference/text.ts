import { inspect } from 'node:util'
import type { Found } from './kinds'
import { jsonDifference } from './json'
import { counted } from './times'

/** Up to this length, both texts are shown in full. */
const short = 60

/** Returns how a text differs from the expected one. */
export function textDifference(actual: string, wanted: string): Found {
  const both = bothOf(actual, wanted)
  const padding = actual.startsWith(wanted) ? actual.slice(wanted.length) : null
  if (actual === '') return { kind: 'empty', text: `empty, expected ${excerpt(wanted, 0)}` }
  const trimmed = trimmedFrom(actual, wanted)
  if (trimmed) return { kind: 'trimmed', text: `${trimmed}: ${both}` }
  if (wanted.startsWith(actual)) return { kind: 'cut', text: cutText(actual, wanted) }
  if (padding !== null && padding.trim() === '')
    return { kind: 'padded', text: `padded to ${counted(actual.length)} characters: ${both}` }
  const form = formOf(actual, wanted)
  if (form) return { kind: 'normalised', text: `normalised to ${form}: ${both}` }
  const encoding = encodingOf(actual, wanted)
  if (encoding) return { kind: 'encoding', text: `${encoding}: ${both}` }
  const letters = caseOf(actual, wanted)
  if (letters) return { kind: 'case', text: `${letters}: ${both}` }
  const json = jsonDifference(actual, wanted)
  if (json) return { kind: 'json', text: `${json}: ${both}` }
  return { kind: 'text', text: both }
}

/** Formats both texts, long ones around the first difference. */
function bothOf(actual: string, wanted: string): string {
  if (actual.length <= short && wanted.length <= short)
    return `got ${quoted(actual)}, expected ${quoted(wanted)}`
  const at = firstDifference(actual, wanted)
  const place = at > 0 ? `; they differ after ${counted(at)} characters` : ''
  return `got ${excerpt(actual, at)}, expected ${excerpt(wanted, at)}${place}`
}

function excerpt(text: string, at: number): string {
  if (text.length <= short) return quoted(text)
  const start = at < 20 ? 0 : at - 12
  const end = Math.min(text.length, start + 40)
  const part = `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
  return `${quoted(part)} (${counted(text.length)} characters)`
}

/** Quotes a text, with escapes for characters that can't be seen or that look alike. */
function quoted(text: string): string {
  return inspect(text, { maxStringLength: null }).replaceAll(
    /[\p{Cf}\p{M}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  )
}

function firstDifference(actual: string, wanted: string): number {
  let at = 0
  while (at < actual.length && actual[at] === wanted[at]) at++
  return at
}

function trimmedFrom(actual: string, wanted: string): string | null {
  if (actual === wanted.trimEnd()) return 'trimmed at its end'
  if (actual === wanted.trimStart()) return 'trimmed at its start'
  return actual === wanted.trim() ? 'trimmed' : null
}

function cutText(actual: string, wanted: string): string {
  const bytes = Buffer.byteLength(actual)
  const size = bytes === actual.length ? '' : ` (${counted(bytes)} bytes)`
  return `cut after ${counted(actual.length)} of ${counted(wanted.length)} characters${size}`
}

function formOf(actual: string, wanted: string): string | null {
  const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const
  return forms.find((form) => wanted.normalize(form) === actual) ?? null
}

/** Returns how the characters that an encoding lacks were replaced. */
function encodingOf(actual: string, wanted: string): string | null {
  if (actual === wanted.toWellFormed()) return 'stored with U+FFFD for lone surrogates'
  if (actual === Buffer.from(wanted).toString('latin1')) return 'UTF-8 that was read as latin1'
  for (const mark of ['?', '\ufffd', '']) {
    for (const [name, lacking] of [
      ['astral characters', /[\u{10000}-\u{10ffff}]/gu],
      ['characters outside latin1', /[^\0-\u00ff]/gu],
      ['characters outside ASCII', /[^\0-\u007f]/gu],
    ] as const) {
      const isReplaced = [
        () => 1,
        (char: string) => char.length,
        (char: string) => Buffer.byteLength(char),
      ].some((count) => actual === wanted.replaceAll(lacking, (char) => mark.repeat(count(char))))
      if (isReplaced)
        return mark === '' ? `stored without ${name}` : `stored with "${mark}" for ${name}`
    }
  }
  return null
}

function caseOf(actual: string, wanted: string): string | null {
  if (actual === wanted.toLowerCase()) return 'in lower case'
  if (actual === wanted.toUpperCase()) return 'in upper case'
  return actual.toLowerCase() === wanted.toLowerCase() ? 'in another case' : null
}
